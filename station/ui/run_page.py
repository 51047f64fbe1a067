"""The pages, made from what was heard, what is made, and what the window knows; nothing here reads a clock."""

from collections.abc import Sequence
from dataclasses import replace

from station.domain.nest import State
from station.texts import Texts, languages
from station.ui.around import Around, Making, Notice
from station.ui.bands import BUSY, aimed, band_of, in_order, some
from station.ui.cards import card_of
from station.ui.model import (
    Button,
    Check,
    Figure,
    Figures,
    Header,
    Language,
    LastScan,
    Leave,
    Press,
    RunPage,
    SignInPage,
)
from station.ui.people import lamps_of, nobody_text, person_of
from station.ui.screen import Screen
from station.ui.visible import visible
from station.ui.words import clock, minutes


def run_page(screen: Screen, making: Making, around: Around, texts: Texts) -> RunPage:
    """Everything on the page on which units are made."""
    nest = aimed(screen)
    return RunPage(
        header=header_of(screen, making, around, texts),
        band=band_of(screen, making, around, texts),
        last_scan=last_scan_of(screen, around, texts),
        cards=tuple(card_of(view, making, around, texts, aimed=view.nest == nest) for view in in_order(screen)),
        figures=figures_of(screen, around, texts),
        buttons=tuple(
            Button(press, texts.say(f"button.{_word(press, around)}"), down=_is_down(press, around)) for press in Press
        ),
        warning=warning_of(screen, texts),
        log=around.log,
    )


def _is_down(press: Press, around: Around) -> bool:
    return (press is Press.LOG and around.log is not None) or (press is Press.LEAD and around.lead_called)


def _word(press: Press, around: Around) -> str:
    """What a key says: what it does when it is touched now."""
    return "came" if press is Press.LEAD and around.lead_called else press


def broken_page(making: Making, around: Around, texts: Texts) -> RunPage:
    """What is shown where the page cannot be made: nothing that could be taken for how things are."""
    page = run_page(Screen(), making, replace(around, notice=Notice("broken")), texts)
    return replace(page, cards=(), buttons=tuple(one for one in page.buttons if one.press is Press.STOP))


def header_of(screen: Screen, making: Making, around: Around, texts: Texts) -> Header:
    """Station, product, what is flashed, the lamps, the time, and who is signed in."""
    details = [
        texts.say("header.recipe", recipe=f"{making.recipe.name} {making.recipe.revision}"),
        texts.say("header.release", release=making.release),
    ]
    if making.product is not None:
        details.append(texts.say("header.product", product=making.product))
    return Header(
        station=visible(making.station),
        product=visible(making.title),
        details=tuple(details),
        lamps=around.lamps or lamps_of(screen.checks, texts),
        time=clock(around.now, around.zone),
        person=around.person or person_of(screen, texts),
        nobody=nobody_text(screen, texts),
    )


def warning_of(screen: Screen, texts: Texts) -> str:
    """The red strip: this line makes units that go online."""
    if not screen.warning or screen.started is None:
        return screen.warning
    return texts.say(f"profile.{screen.started.profile}")


def leave_of(screen: Screen, texts: Texts, *, stops: bool) -> Leave:
    """What is asked before the window closes; `stops` where closing ends the runs, as in a demonstration."""
    runs = [view.nest for view in in_order(screen) if view.state in (*BUSY, State.ASKING)]
    told = some("leave.runs" if stops else "leave.asks", runs, texts) or texts.say("leave.idle")
    end = texts.say("leave.end") if stops or not runs else ""
    return Leave(texts.say("leave.title"), told, end, texts.say("leave.stay"))


def last_scan_of(screen: Screen, around: Around, texts: Texts) -> LastScan:
    """What became of the last scan. Of a refused one that was no label the text is not known."""
    scanned = screen.scanned
    title = texts.say("scan.title")
    if screen.ignored is not None:
        told = texts.say(f"scan.{screen.ignored.why}")
        return LastScan(
            title,
            visible(screen.ignored.source),
            told,
            clock(screen.ignored_at, around.zone, seconds=True),
            screen.ignored.taken,
        )
    if scanned is None:
        return LastScan(title, texts.say("scan.none"))
    time = clock(scanned.at, around.zone, seconds=True)
    if scanned.nest is not None:
        return LastScan(title, visible(str(scanned.label)), texts.say("scan.taken", nest=scanned.nest), time, True)
    hidden = texts.say("scan.hidden", length=scanned.length) if scanned.length else texts.say("scan.command")
    what = visible(str(scanned.label)) if scanned.label else hidden
    return LastScan(title, what, texts.say("scan.refused"), time, False)


def figures_of(screen: Screen, around: Around, texts: Texts) -> Figures:
    """The shift in five numbers."""
    shift, cycle, last = screen.shift, screen.shift.cycle, screen.last_start
    unknown = texts.say("figures.unknown")
    share = shift.first_pass_yield
    values = {
        "tested": str(shift.units),
        "yield": unknown if share is None else texts.say("figures.percent", number=texts.number(f"{share * 100:.1f}")),
        "fails": str(shift.failed),
        "cycle": unknown if cycle is None else minutes(cycle),
        "idle": unknown if last is None else minutes((around.now - last) / 1e6),
    }
    return tuple(Figure(value, texts.say(f"figures.{name}")) for name, value in values.items())


def language_keys(chosen: str) -> tuple[Language, ...]:
    """Every language that there are texts in, as it calls itself."""
    return tuple(Language(code, name, code == chosen) for code, name in languages().items())


def sign_in_page(
    screen: Screen,
    making: Making,
    around: Around,
    texts: Texts,
    *,
    shift: str,
    checks: Sequence[Check],
    languages: Sequence[Language],
    refused: str = "",
) -> SignInPage:
    """The page before a shift; `shift` says who worked last, `refused` why a badge was not taken."""
    ready = sum(one.ready for one in checks)
    # What only waits or is due keeps nobody from signing in; what is missing does.
    missing = [one for one in checks if not one.ready and one.state == texts.say("check.state.fail")]
    if ready == len(checks):
        said = texts.say("sign_in.ready", count=ready)
    else:
        said = texts.say("sign_in.not_yet" if missing else "sign_in.mostly", ready=ready, all=len(checks))
    return SignInPage(
        station=visible(making.station),
        product=visible(making.title),
        time=clock(around.now, around.zone),
        title=texts.say("sign_in.title"),
        shift=shift,
        languages=tuple(languages),
        check_title=texts.say("sign_in.check"),
        check_text=said,
        checks=tuple(checks),
        warning=warning_of(screen, texts),
        refused=refused,
    )
