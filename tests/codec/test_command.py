"""Commands on a sheet."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.codec.command import WITH_NEST, check_character, is_command, parse, render
from station.codec.scan import read_scan
from station.domain.command import Command, Verb
from station.domain.faults import CommandRefused

ALPHABET = string.digits + string.ascii_uppercase
commands = st.builds(Command, st.sampled_from(Verb), st.none() | st.integers(1, 99)).filter(
    lambda one: one.nest is not None or one.verb not in WITH_NEST
)


@given(commands, st.sampled_from(["", "]C0", "]d1", "\x02", " "]), st.sampled_from(["", "\r", "\n", "\t", "\x03"]))
def test_a_command_reads_back_whatever_the_scanner_adds(command: Command, head: str, tail: str) -> None:
    text = head + render(command) + tail
    assert is_command(text)
    assert parse(text) == command
    assert read_scan(text) == command


def test_the_check_character_is_that_of_the_standard() -> None:
    """The example of the GRid Standard 2.1: A1-2425G-ABC1234002-M."""
    assert check_character("A12425GABC1234002") == "M"


@given(commands, st.integers(0, 20), st.sampled_from(ALPHABET))
def test_a_single_wrong_character_is_never_another_command(command: Command, place: int, wrong: str) -> None:
    text = render(command)
    place %= len(text)
    changed = text[:place] + wrong + text[place + 1 :]
    if changed == text or not is_command(changed):
        return
    with pytest.raises(CommandRefused):
        parse(changed)


def test_two_characters_that_changed_places_are_no_command() -> None:
    """All of them. MOD 37,36 finds every wrong character, and nearly every pair that changed places (ISO/IEC 7064)."""
    every = [Command(verb, nest) for verb in Verb for nest in (None, *range(1, 100)) if nest or verb not in WITH_NEST]
    taken = set()
    for text in map(render, every):
        for place in range(4, len(text) - 1):
            changed = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            if changed != text and isinstance(read_scan(changed), Command):
                taken.add(frozenset((text, changed)))
    # No fixture has a nest 23; two characters that changed places were typed, not scanned.
    assert taken == {
        frozenset(("CMD-STOP-34-T", "CMD-STOP-43-T")),
        frozenset(("CMD-UNLOAD-23-V", "CMD-UNLOAD-32-V")),
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("CMD-", "is none"),
        ("CMD-YES", "is none"),
        ("cmd-yes-3", "Caps Lock may be on"),
        ("Cmd-Yes-3", "is none"),
        ("CMD-STOP-0-3", "is none"),
        ("CMD-STOP-100-3", "is none"),
        ("CMD-STOP-2-4", "check character"),
        (f"CMD-DANCE-{check_character('CMDDANCE')}", "knows no such command"),
        (f"CMD-NEST-{check_character('CMDNEST')}", "needs the number of a nest"),
        ("CMD-YES-3\nCMD-NO-Y", "is none"),
        ("CMD-YES-3CMD-YES-3", "is none"),
    ],
)
def test_what_is_no_command_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(CommandRefused, match=says):
        parse(text)
    scan = read_scan(text)
    assert isinstance(scan, tuple)
    assert (scan[1], scan[3]) == ("S420", len(text))


def test_the_commands_that_documents_print_are_those_that_are_read() -> None:
    assert [render(Command(one)) for one in Verb if one not in WITH_NEST] == [
        "CMD-START-C",
        "CMD-STOP-M",
        "CMD-YES-3",
        "CMD-NO-Y",
        "CMD-DONE-W",
        "CMD-RETRY-9",
        "CMD-UNLOAD-L",
        "CMD-LOCK-2",
    ]
