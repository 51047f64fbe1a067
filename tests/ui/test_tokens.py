"""Every text can be read on its ground, and no state is told by its colour alone."""

import pytest

from station.ui import tokens
from station.ui.model import Look, Mark, Tone
from station.ui.paint import glyphs
from station.ui.paint.ground import mixed, tinted
from station.ui.tokens import FLOOR, HATCHED, MARK_TONES, THEMES, TONES, Theme, Type
from tests.ui.colour import apart, contrast, difference

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))

READ = 4.5
"""WCAG 2 level AA for text."""
SEEN = 3.0
"""WCAG 2 level AA for large text, and for edges that must be seen (1.4.11)."""


@BOTH
def test_texts_can_be_read_on_every_ground_they_stand_on(theme: Theme) -> None:
    for ground in (theme.surface, theme.sunken, theme.page):
        assert contrast(theme.text, ground) >= 7
        assert contrast(theme.text2, ground) >= 7 if theme.name == "dark" else 6.9
        assert contrast(theme.text3, ground) >= READ


@BOTH
@pytest.mark.parametrize("tone", Tone)
def test_what_is_written_on_a_meaning_can_be_read(theme: Theme, tone: Tone) -> None:
    fill = theme.fills[tone]
    assert contrast(fill.ink, fill.ground) >= READ
    assert contrast(theme.inks[tone], theme.surface) >= READ
    # On the number's plate, which is a breath lighter or darker.
    assert contrast(fill.ink, mixed(fill.ground, fill.ink, 0.16)) >= SEEN


@BOTH
@pytest.mark.parametrize("tone", [Tone.BAD, Tone.WARN, Tone.ACT])
def test_advice_can_be_read_on_its_tint(theme: Theme, tone: Tone) -> None:
    assert contrast(theme.text, tinted(theme, tone)) >= 7
    assert contrast(theme.inks[tone], tinted(theme, tone)) >= READ


@BOTH
@pytest.mark.parametrize("look", sorted(HATCHED))
def test_a_word_can_be_read_on_the_darkest_stripe(theme: Theme, look: Look) -> None:
    fill = theme.fills[TONES[look]]
    stripe = mixed(fill.ground, fill.ink if theme.name == "dark" else "#000000", 0.12)
    assert contrast(fill.ink, stripe) >= SEEN
    assert contrast(fill.ground, stripe) >= 1.1


@BOTH
def test_edges_that_must_be_seen_are_seen(theme: Theme) -> None:
    assert contrast(theme.line_strong, theme.surface) >= SEEN
    assert contrast(theme.done, theme.track) >= SEEN


@BOTH
@pytest.mark.parametrize("eye", ["usual", "protan", "deutan"])
def test_pass_and_fail_stay_apart_for_every_eye(theme: Theme, eye: str) -> None:
    # 11 is what plain green and red drop to for a deutan eye.
    assert apart(theme.fills[Tone.GOOD].ground, theme.fills[Tone.BAD].ground, eye) >= 17


def test_the_measure_of_colours_is_the_published_one() -> None:
    """Sharma, Wu and Dalal (2005), table 1, pairs 1, 7 and 17."""
    assert difference((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert difference((50, 0, 0), (50, -1, 2)) == pytest.approx(2.3669, abs=1e-4)
    assert difference((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)


def test_every_look_and_mark_has_a_meaning_and_a_silhouette_of_its_own() -> None:
    assert set(TONES) == set(glyphs.LOOKS) == set(Look)
    assert set(MARK_TONES) == set(glyphs.MARKS) == set(Mark)
    assert len(set(glyphs.LOOKS.values())) == len(Look)


def test_no_text_is_smaller_than_the_floor() -> None:
    kinds = [value for value in vars(tokens).values() if isinstance(value, Type)]
    assert len(kinds) > 15
    assert all(kind.size >= FLOOR for kind in kinds)
