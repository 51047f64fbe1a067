"""What happens on a line as plain lines, for a log: a terminal without pictures, and the window's drawer."""

from station.domain.events import RunFinished, ScanRefused
from station.domain.people import who_may
from station.domain.shift_facts import Approved, LeadCalled, LeadCame, NestReleased, SignedIn, SignedOut
from station.engine.bus import Heard, Ignored, Moved, PinWanted, Stored, Trouble, Waiting
from station.ui.screen import Screen
from station.ui.terminal import ANSWERS
from station.ui.visible import last_line, visible


class Plain:
    """Remembers only what keeps it from saying the same twice."""

    def __init__(self) -> None:
        self._last_trouble: Trouble | None = None
        self._refused = ""

    def lines(self, heard: Heard, screen: Screen) -> list[str]:
        """What a log should have of this; `screen` has heard it already."""
        match heard:
            case Stored(nest=nest, event=event):
                body = event.body
                if isinstance(body, RunFinished) and nest is not None:
                    return self._verdict(nest, body, screen)
                if isinstance(body, RunFinished):
                    return [f"run {event.run}  {body.outcome.value.upper()}  {body.code} {last_line(body.detail)}"]
                if isinstance(body, ScanRefused):
                    self._refused = body.detail
                    source = f" ({body.source})" if body.source else ""
                    return [f"scan refused{source}  {body.code} {visible(body.detail)}"]
                if isinstance(body, SignedIn):
                    return [f"signed in  {visible(body.name)}, {body.role.value}"]
                if isinstance(body, SignedOut):
                    return [f"signed out  {visible(body.name)}, {body.reason.replace('_', ' ')}"]
                if isinstance(body, Approved):
                    return [f"approved  {visible(body.by or 'somebody')}: {visible(body.detail)}"]
                if isinstance(body, LeadCalled):
                    return [f"the lead is called{f' to nest {body.nest}' if body.nest is not None else ''}"]
                if isinstance(body, LeadCame):
                    return ["the lead is here"]
                if isinstance(body, NestReleased):
                    return [f"nest {body.nest}  released by {visible(body.by or 'somebody')}"]
                return []
            case Waiting(action=action, detail=detail, within=within) if action is not None:
                signed = screen.at_work is not None and screen.at_work.asked
                whom = f"the badge of {who_may(action)}" if signed else "retry"
                return [f"        waits {within:.0f} s for {whom}: {visible(detail)}"]
            case PinWanted(name=name) if name is not None:
                return [f"        waits for the PIN of {visible(name)}: pin ••••"]
            case Ignored(source=source, detail=detail):
                return [f"scan ignored ({visible(source)})  {visible(detail)}"]
            case Moved(nest=nest, question=question) if question is not None:
                typed = " / ".join(f"{answer} {nest}" for answer in ANSWERS[question.answers])
                return [f"nest {nest}  ASKS        {visible(question.tell)}  {typed}"]
            case Trouble():
                return self._trouble(heard)
            case _:
                return []

    def _verdict(self, nest: int, body: RunFinished, screen: Screen) -> list[str]:
        record = screen.nests[nest].record
        unit = record.device_id or record.serial if record else None
        told = f"{record.seconds:.1f} s" if record else ""
        if record is not None and record.repeated:
            told += f", tried again: op {', '.join(map(str, record.repeated))}"
        said = [f"nest {nest}  {body.outcome.value.upper():<11} {unit or ''}  {told}"]
        if body.code:
            said += [f"        {body.code} {last_line(body.detail)}", f"        {body.remedy}"]
        if record is not None and record.metered is not None and record.metered.reasons:
            said.append(f"        METER {record.metered.conclusion}: {'; '.join(record.metered.reasons)}")
        return said

    def _trouble(self, told: Trouble) -> list[str]:
        before, self._last_trouble = self._last_trouble, told
        if not told.stays:
            # What was wrong with a scan is told by the scan that was refused.
            about = "" if told.detail == self._refused else f"{last_line(told.detail)} "
            return [f"        {visible(about + told.remedy)}"]
        return [visible(f"{told.code} {last_line(told.detail)} {told.remedy}")] if told != before else []
