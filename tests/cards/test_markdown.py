import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_service.cards.markdown import clip, escape, escape_authored, escape_clipped, plain

GFM = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable(["table", "strikethrough"])

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</td></table><iframe src=//evil>",
    "&lt;b&gt; & &amp; &#60;",
    "a | b | c",
    "`code` ``more``",
    "**bold** __bold__ *it* _it_ ~~gone~~",
    "[link](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "[ref]: https://evil.example",
    "<https://evil.example>",
    "https://evil.example www.evil.example a@evil.example mailto:a@evil.example",
    "# heading",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "1) item",
    "> quote",
    "---",
    "===",
    "```\nfence",
    "~~~\nfence",
    "    indented",
    "line\nbreak\r\n\r\nparagraph\u2028separator",
    "\\",
    "\\<b>",
    "back\\slash \\* \\[",
    "trailing  ",
    "\u202eright to left\u202c\x00\x07\x1b[31m",
    "[x] done",
    "$math$ :smile: #1 @someone",
    "ends with a backslash \\",
    "| --- | --- |",
]


def elements(markdown):
    tokens = GFM.parse(markdown)
    inline = [child for token in tokens for child in token.children or ()]
    return [token.type for token in tokens + inline if token.type not in ("inline", "text")]


def text_of(markdown):
    """What a reader sees."""
    return "".join(
        child.content for token in GFM.parse(markdown) for child in token.children or () if not child.nesting
    )


PLAIN_PARAGRAPH = ["paragraph_open", "paragraph_close"]
PLAIN_ITEM = ["bullet_list_open", "list_item_open", *PLAIN_PARAGRAPH, "list_item_close", "bullet_list_close"]


def unbroken(text):
    return text.replace("\u200b", "")


def seen(markdown):
    return [kind for kind in elements(markdown) if kind not in ("text_special", "html_entity")]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_no_element_and_reads_as_it_is(text):
    assert seen(escape(text)) == PLAIN_PARAGRAPH
    assert unbroken(text_of(escape(text))) == plain(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_no_element_in_a_list(text):
    assert seen(f"- {escape(text)}") == PLAIN_ITEM


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_cell(text):
    clean = seen("| a | b |\n|---|---|\n| x | y |")
    table = f"| a | b |\n|---|---|\n| {escape(text)} | y |"
    assert seen(table) == clean
    assert unbroken(text_of(table)) == f"ab{plain(text)}y"


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text(alphabet="<>&|`*_[]()!\\~#-+=.:/1 ax@w\n\t", max_size=30))
def test_no_text_at_all_is_an_element(text):
    if plain(text):
        assert seen(escape(text)) == PLAIN_PARAGRAPH
        assert unbroken(text_of(escape(text))) == plain(text)


def test_bare_addresses_are_not_linked():
    linking = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    text = escape("see https://evil.example, www.evil.example, a@evil.example")
    assert "<a" not in linking.render(text)
    for mark in ("://", "www.", "@e"):
        assert mark not in text


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    st.lists(
        st.sampled_from(["www", "WwW", ".", ":", "//", "@", "mailto", "MAILTO", "xmpp", "Xmpp", " ", "a"])
    )
)
def test_the_quick_look_for_addresses_misses_none(pieces):
    text = "".join(pieces)
    found = re.search(r"(?i)://|\bwww\.|@|\bmailto:|\bxmpp:", plain(text))
    assert ("\u200b" in escape(text)) is (found is not None)


def test_the_trials_own_addresses_can_be_copied():
    assert escape("study@example.org", addresses=True) == "study@example.org"


@pytest.mark.parametrize("text", HOSTILE)
def test_every_way_of_escaping_says_the_same(text):
    assert escape_authored(text) == escape_authored(text) == escape(text)
    assert escape_clipped(text, 12) == escape(clip(text, 12))


def test_ordinary_clinical_text_stays_readable_unrendered():
    text = "ALT 120 U/L (3 × ULN 40 U/L) on 2026-11-02; limit at least 3.0 × ULN"
    assert escape(text) == text


def test_one_ellipsis_is_enough():
    """A number that was cut ends in one already."""
    assert clip("at least 0.3384… mg/kg a day", 20) == "at least 0.3384…"


@pytest.mark.parametrize(
    ("text", "longest", "clipped"),
    [
        ("short", 5, "short"),
        ("two words", 8, "two…"),
        ("oneverylongword", 5, "onev…"),
        ("CAR-T (cells) for", 8, "CAR-T…"),
        ("a\nb", 10, "a b"),
    ],
)
def test_clip_cuts_between_words(text, longest, clipped):
    assert clip(text, longest) == clipped
    assert len(clip(text, longest)) <= longest
