import msgspec
import pytest

from cds_service.cards.card import Action, Card, Link, Source, Suggestion


def card(**more):
    return Card(
        **{"uuid": "u", "summary": "s", "indicator": "info", "source": Source(label="l"), "detail": "d"}
        | more
    )


SUGGESTION = Suggestion(
    label="l", uuid="u", actions=(Action(description="d", resource={"resourceType": "Task"}),)
)


def test_139_characters_fit_and_140_do_not():
    card(summary="x" * 139)
    with pytest.raises(ValueError, match="139"):
        card(summary="x" * 140)


@pytest.mark.parametrize(
    "wrong",
    [
        {"summary": ""},
        {"summary": "two\nlines"},
        {"uuid": ""},
        {"detail": ""},
        {"indicator": "warning"},
        {"suggestions": (SUGGESTION,)},
        {"selection_behavior": "at-most-one"},
    ],
)
def test_a_card_outside_the_protocol_cannot_be_made(wrong):
    with pytest.raises(ValueError):
        card(**wrong)


@pytest.mark.parametrize("url", ["http://example.org", "javascript:alert(1)", "/relative", ""])
def test_only_absolute_https_addresses_are_links(url):
    with pytest.raises(ValueError, match="https"):
        Link(label="l", url=url)
    with pytest.raises(ValueError, match="https"):
        Source(label="l", url=url)


def test_labels_are_required():
    for make in (
        lambda: Link(label="", url="https://example.org"),
        lambda: Source(label=""),
        lambda: Suggestion(label="", uuid="u", actions=SUGGESTION.actions),
        lambda: Suggestion(label="l", uuid="u", actions=()),
    ):
        with pytest.raises(ValueError):
            make()


def test_what_is_empty_is_left_out_of_the_json():
    assert msgspec.json.decode(msgspec.json.encode(card())) == {
        "uuid": "u",
        "summary": "s",
        "indicator": "info",
        "source": {"label": "l"},
        "detail": "d",
    }
    sent = msgspec.json.decode(
        msgspec.json.encode(card(suggestions=(SUGGESTION,), selection_behavior="at-most-one"))
    )
    assert sent["selectionBehavior"] == "at-most-one"
    assert sent["suggestions"][0]["actions"][0]["type"] == "create"
