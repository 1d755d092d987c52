"""Units of measurement, exactly: what a spelling means, and how much of one unit is in another.

A unit is a *scale*: a dimension, and how many of that dimension's own unit one of it is, as a Fraction. The
spellings are UCUM's (https://ucum.org) and those that laboratories print. A spelling with two meanings ("G/L"
is grams for hemoglobin, giga for a count) has two scales; the test it belongs to decides. A spelling that is
not here has none, and is never guessed. ``mL/min`` and ``mL/min/{1.73_m2}`` are different dimensions.

No molar mass stands here: mass and amount of substance are different dimensions, which only the
:class:`Conversion` of one test joins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from cds_service.fhir.resources import Quantity
from cds_service.fhir.systems import UCUM, normal_system


@dataclass(frozen=True, slots=True)
class Scale:
    """One unit: its dimension and its size in that dimension's own unit."""

    dimension: str
    size: Fraction


@dataclass(frozen=True, slots=True)
class Conversion:
    """What joins two dimensions for one test: ``1 mg/dL = 88.4 umol/L`` of creatinine."""

    one: Scale
    other: Scale  # as much as ``one``

    @classmethod
    def parse(cls, text: str) -> Conversion:
        found = re.fullmatch(r"1 (\S+) = ([\d.]+) (\S+)", text)
        one, other = (scales_of(found[1]), scales_of(found[3])) if found else ((), ())
        if found is None or len(one) != 1 or len(other) != 1:
            raise ValueError(f'"{text}" is no conversion such as "1 mg/dL = 88.4 umol/L"')
        return cls(one[0], Scale(other[0].dimension, other[0].size * Fraction(Decimal(found[2]))))


# Each line: dimension, size, spellings. The first spelling is the UCUM code.
_TABLE = """
mass/volume 1 g/L mg/mL g/l
mass/volume 10 g/dL gm/dL g% gm%
mass/volume 1/100 mg/dL mg% mg/100mL
mass/volume 1/1000 mg/L ug/mL mcg/mL
mass/volume 1/100000 ug/dL mcg/dL
mass/volume 1/1000000 ug/L ng/mL mcg/L
substance/volume 1 mol/L
substance/volume 1/1000 mmol/L
substance/volume 1/1000000 umol/L mcmol/L micromol/L nmol/mL
substance/volume 1/1000000000 nmol/L
activity/volume 1 U/L [IU]/L IU/L [iU]/L UI/L unit/L units/L mU/mL m[IU]/mL mIU/mL m[iU]/mL
activity/volume 1000 U/mL [IU]/mL IU/mL [iU]/mL units/mL kU/L k[IU]/L kIU/L
activity/volume 1000000 kU/mL k[IU]/mL kIU/mL
activity/volume 60 ukat/L
activity/volume 3/50 nkat/L
copies/volume 1 {copies}/mL copies/mL {copy}/mL copy/mL cp/mL {cp}/mL
copies/volume 1/1000 {copies}/L copies/L
number/volume 1 10*9/L /nL giga/L Gpt/L
number/volume 1/1000000000 /L
number/volume 1/1000000 /mL
number/volume 1/1000 /uL /mm3 /cumm /cu.mm /mcL 个/uL
fraction 1 1 {fraction} fraction
fraction 1/100 % percent pct %predicted %pred %ofpredicted percentpredicted
mass 1 kg kgs kilogram kilograms
mass 1/1000 g gm gram grams
mass 45359237/100000000 [lb_av] lb lbs lb_av pound pounds
mass 45359237/1600000000 [oz_av] oz ounce ounces
length 1 cm
length 100 m meter meters metre metres
length 1/10 mm
length 127/50 [in_i] in inch inches in_i
length 762/25 [ft_i] ft foot feet ft_i
pressure 1 mm[Hg] mmHg
pressure 1000000000000/133322387415 kPa
volume/time 1 mL/min
volume/time 60 mL/s mL/sec
volume/time/1.73m2 1 mL/min/{1.73_m2}
volume/time/1.73m2 60 mL/s/{1.73_m2}
volume/time/1.73m2 173/100 mL/min/m2
volume/time/pressure 1 mL/min/mm[Hg] mL/min/mmHg mL/mmHg/min mL/(min.mm[Hg]) cm3/min/mm[Hg]
substance/time/pressure 1 mmol/min/kPa mmol/(min.kPa) mmol/kPa/min
time 1 s sec secs second seconds 秒
time 1/1000 ms msec
volume 1 L liter liters litre litres
volume 1/1000 mL
mass/mass 1 mg/g ug/mg mcg/mg mg/g{creat} mg/gcr mg/gcreat
mass/mass 1000 g/g mg/mg
mass/substance 1 mg/mmol g/mol mg/mmolcr mg/mmolcreat
mass/time 1 g/(24.h) g/24h g/d g/24hr g/day
mass/time 1/1000 mg/(24.h) mg/24h mg/d mg/24hr mg/day
ratio 1 {INR} INR
points 1 {score} score points {points} point
number/field 1 /[HPF] /HPF
rate 1 /min bpm beats/min {beats}/min
length/time 1 mm/h mm/hr
mass/area 1 kg/m2 kg/m^2
area 1 m2 m^2
temperature 1 Cel degC °C C
age 1 a
"""

_BARE = {"1", "{inr}", "inr", "{score}", "score", "{points}", "points", "point", "{ratio}", "ratio"}
"""Spellings that say "a plain number" to a test that needs no unit."""

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_COUNT = re.compile(r"[x×]?(?:10(?:[*^ex]|\*\*|\()|e)(\d{1,2})\)?(?:cells|cell|wbc|plt)?/(.+)")
_THOUSANDS = re.compile(r"(?:k|th|thou|thousand|thousands|tsd\.?|1000|千)/(ul|mm3|cumm|mcl)")
_PER_BSA = re.compile(r"ml/\(?(min|s|sec)(?:/|per|[·.*])[({]?1[.,]73_?(?:m\^?\*?2|sqm|sq\.m\.?)?[)}]?")


def _folded(text: str) -> str:
    """A spelling without what laboratories vary: capitals, spaces, both signs for micro, raised digits."""
    text = (
        text.replace("µ", "u")
        .replace("μ", "u")
        .replace("−", "-")
        .replace("＊", "*")
        .replace("％", "%")
        .replace("㎡", "m2")
    )
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda raised: "^" + raised[0].translate(_SUPERSCRIPTS), text)
    text = re.sub(r"\s+", "", text).lower()
    for annotation in ("{cells}", "{cell}", "{#}", "{wbc}", "{rbc}", "{plt}", "{platelets}", "{predicted}"):
        text = text.replace(annotation, "")
    return (
        text.replace("mm^3", "mm3")
        .replace("mm*3", "mm3")
        .replace("#/", "/")
        .replace("cells/", "/")
        .replace("cell/", "/")
    )


def _read_table() -> dict[str, Scale]:
    scales: dict[str, Scale] = {}
    for line in _TABLE.strip().splitlines():
        dimension, size, *spellings = line.split()
        for spelling in spellings:
            scales[_folded(spelling)] = Scale(dimension, Fraction(size))
    return scales


_SCALES = _read_table()
_VOLUMES = {"l", "ul", "ml", "nl", "mm3", "cumm", "mcl"}


@lru_cache(maxsize=2048)
def scales_of(spelling: str) -> tuple[Scale, ...]:
    """Every scale that a spelling may mean: mostly one, none where it is not known."""
    folded = _folded(spelling)
    plain = spelling.strip().replace(" ", "")
    if plain in ("G/L", "G/l"):  # giga per litre on a count, grams on a protein
        return (Scale("number/volume", Fraction(1)), Scale("mass/volume", Fraction(1)))
    if plain.replace("µ", "u").replace("μ", "u") in ("M/uL", "M/mm3"):
        return (Scale("number/volume", Fraction(1000)),)
    if (count := _COUNT.fullmatch(folded)) and count[2] in _VOLUMES:
        return (Scale("number/volume", 10 ** int(count[1]) * _SCALES[f"/{count[2]}"].size),)
    if (thousands := _THOUSANDS.fullmatch(folded)) is not None:
        return (Scale("number/volume", 1000 * _SCALES[f"/{thousands[1]}"].size),)
    if (cleared := _PER_BSA.fullmatch(folded)) is not None:
        return (Scale("volume/time/1.73m2", Fraction(1 if cleared[1] == "min" else 60)),)
    found = _SCALES.get(folded)
    return (found,) if found is not None else ()


def scale_of(quantity: Quantity, own: Scale, conversion: Conversion | None, *, bare: bool) -> Scale | str:
    """The unit of a quantity of a test whose own unit is ``own``, or what is wrong with it.

    A UCUM code wins over the unit's text; where both are known and differ, neither is believed.
    """
    code = (quantity.code or "").strip()
    text = (quantity.unit or "").strip()
    if code and quantity.system and normal_system(quantity.system) != UCUM:
        code = ""  # another system's code says nothing here
    if not code and not text:
        return own if bare else "has no unit"
    by_code, by_text = (_candidates(each, own, bare=bare) for each in (code, text))
    if by_code and by_text and not set(by_code) & set(by_text):
        return f"has two units that differ, {code} and {text}"
    meant = by_code if code and (quantity.system or not by_text) else by_text
    usable = [scale for scale in meant if factor(scale, own, conversion) is not None]
    if len(usable) == 1:
        return usable[0]
    said = text or code
    if not meant:
        return f"has the unit {code or text}, which is not known here"
    return f"has the unit {said}, which is no unit of this test"


def _candidates(spelling: str, own: Scale, *, bare: bool) -> tuple[Scale, ...]:
    if not spelling:
        return ()
    return (own,) if bare and _folded(spelling) in _BARE else scales_of(spelling)


def factor(scale: Scale, to: Scale, conversion: Conversion | None = None) -> Fraction | None:
    """By what a number in ``scale`` is multiplied to be in ``to``; None where no exact way is known."""
    if scale.dimension == to.dimension:
        return scale.size / to.size
    if conversion is not None:
        one, other = conversion.one, conversion.other
        if (scale.dimension, to.dimension) == (one.dimension, other.dimension):
            return scale.size / one.size * other.size / to.size
        if (scale.dimension, to.dimension) == (other.dimension, one.dimension):
            return scale.size / other.size * one.size / to.size
    return None
