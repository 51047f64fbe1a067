"""Everything that can go wrong, sorted by who has to act.

    Fault
      UnitFault      the unit is bad: outcome FAIL, counts against yield
      StationFault   the station could not tell: outcome ERROR, run the unit again
      Aborted        a person stopped the run: outcome ABORTED

The message says what happened, with the number; `remedy` says what to do; `code` never changes its meaning.
Any other exception is a bug of ours: ERROR with code X000 and its traceback in the record, never against the unit.
"""

from typing import ClassVar

from station.domain.outcome import Outcome

BUG = "X000"
BUG_REMEDY = "This is a bug of the station: keep the unit, call the line engineer."


class Fault(Exception):
    """A foreseen failure."""

    code: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    once_more: ClassVar[bool] = False
    """The unit is run again before it is put anywhere."""
    outcome: ClassVar[Outcome]


class UnitFault(Fault):
    """The unit is bad."""

    outcome = Outcome.FAIL


class StationFault(Fault):
    """The station could not tell."""

    outcome = Outcome.ERROR


class Aborted(Fault):
    """A person stopped the run."""

    code = "A001"
    remedy = "Run the unit again."
    outcome = Outcome.ABORTED


# Identity


class LabelRefused(UnitFault):
    """The scanned text is no label of a unit."""

    code = "U101"
    remedy = "Scan the small square code on the unit itself; if it cannot be read, put the unit aside."


class LabelOfOtherPlatform(UnitFault):
    """The label belongs to another kind of device than the recipe makes."""

    code = "U102"
    remedy = "This unit is not made with this recipe: check the tray and the recipe."


class WrongUnit(UnitFault):
    """Two witnesses name different units; its children say which."""

    code = "U103"
    remedy = "Check that the label that was scanned is on the unit in this nest; put the unit aside."


class WrongChip(UnitFault):
    """The chip in the nest is not the one the recipe's platform has."""

    code = "U104"
    remedy = "Put the unit aside: its hardware is not what the recipe expects."


class ChipLocked(UnitFault):
    """The chip refuses the debug port; unlocking would erase it and is never done on the way."""

    code = "U105"
    remedy = "Put the unit aside: only an engineer may recover a locked chip, and that erases it."


class LabelNotChip(WrongUnit):
    """The label names another device id than the chip."""

    code = "U110"


class LabelNotUnit(WrongUnit):
    """The label's serial number is not the one the unit has stored."""

    code = "U111"


class UsbNotChip(WrongUnit):
    """The unit's USB descriptor names another device id than the chip."""

    code = "U112"
    remedy = "Check that the USB cable of this nest goes to this unit; put the unit aside."


class RequestNotChip(WrongUnit):
    """The unit answers a control request with another device id than the chip's."""

    code = "U113"
    remedy = "Check that the USB cable of this nest goes to this unit; put the unit aside."


class ConsoleNotChip(WrongUnit):
    """In listening mode the unit prints another device id than the chip's."""

    code = "U114"
    remedy = "Check that the USB cable of this nest goes to this unit; put the unit aside."


class TestNotChip(WrongUnit):
    """The factory-test firmware tells another device id than the chip's."""

    __test__ = False
    code = "U115"
    remedy = "Check that the USB cable of this nest goes to this unit; put the unit aside."


class LabelNotDerived(WrongUnit):
    """The label's last six characters are not the device id's last six digits, as this platform has them."""

    code = "U116"


class LabelUntied(WrongUnit):
    """The label has a serial number and no witness confirms it: nothing ties this label to this unit."""

    code = "U117"
    remedy = "Put the unit aside: its serial number cannot be read from it and stands in no order."


class NotInOrder(UnitFault):
    """The unit is in no order that this station was told of."""

    code = "U118"
    remedy = "Put the unit aside: it does not belong to this order. `station orders list` shows what is known."


class OrderDisagrees(WrongUnit):
    """The order's list ties this unit to another label or SIM."""

    code = "U119"


class LabelOnOtherUnit(WrongUnit):
    """Another unit was made with this label."""

    code = "U120"
    remedy = "Put the unit aside and call the line engineer: two units have the same label."


class UnitHadOtherLabel(WrongUnit):
    """This unit was made with another label before."""

    code = "U121"
    remedy = "Put the unit aside and call the line engineer: the unit has changed its label."


class SimOfOtherUnit(WrongUnit):
    """This SIM or modem was seen in another unit."""

    code = "U122"
    remedy = "Put the unit aside and call the line engineer: a SIM or modem was seen in two units."


class InProductAlready(UnitFault):
    """The unit is in the product, so its SIM may be active, and this fixture does not keep it from connecting."""

    code = "U123"
    remedy = (
        "Make it in a fixture that is shielded or holds reset from power-up, and says so in its file under fixtures/."
    )


class NoSim(UnitFault):
    """The modem names no SIM, or one that is none."""

    code = "U124"
    remedy = "Put the unit in the red tray."


class UnitHadOtherSim(WrongUnit):
    """This unit was made with another SIM or modem before."""

    code = "U125"
    remedy = "Put the unit aside and call the line engineer: its SIM or modem was changed."


# Flash and boot


class ImageMismatch(UnitFault):
    """What is on the chip is not what was meant."""

    code = "U201"
    once_more = True
    remedy = "Run the unit again; twice in a row, put it in the red tray: its flash is bad."


class EraseFailed(UnitFault):
    """The chip did not erase."""

    code = "U202"
    once_more = True
    remedy = "Run the unit again; twice in a row, put it in the red tray."


class DidNotBoot(UnitFault):
    """The factory-test firmware was proved on the chip, yet the unit did not appear on USB."""

    code = "U203"
    once_more = True
    remedy = "Check the unit's USB contact and run it again; twice in a row, put it in the red tray."


class ProgramFailed(UnitFault):
    """The chip did not program."""

    code = "U204"
    once_more = True
    remedy = "Run the unit again; twice in a row, put it in the red tray."


class NoBootRecord(UnitFault):
    """The unit lacks what it starts with and no module brings, and nothing was kept of it."""

    code = "U205"
    remedy = (
        "Put the unit aside. An engineer gives the release a boot record: `station firmware seal` takes it from a hex."
    )


# Hardware test


class OutOfLimits(UnitFault):
    """A measured value lies outside its limit."""

    code = "U301"
    remedy = "Put the unit in the red tray."


class TestFailed(UnitFault):
    """The factory-test firmware answered, and the answer is no."""

    __test__ = False
    code = "U302"
    remedy = "Put the unit in the red tray."


class WrongAnswer(UnitFault):
    """The unit answered, and not what the recipe expects."""

    code = "U303"
    remedy = "Put the unit in the red tray."


class OperatorSaysNo(UnitFault):
    """The operator was asked and said no."""

    code = "U304"
    remedy = "Put the unit in the red tray."


class NotDoneInTime(UnitFault):
    """What the operator was asked to do did not show at the unit in time."""

    code = "U305"
    once_more = True
    remedy = "Run the unit again and do what the screen asks; twice in a row, put it in the red tray."


# The meter


class CloudContact(UnitFault):
    """There is evidence that the unit tried to reach, or reached, the cloud."""

    code = "U401"
    remedy = "Quarantine the unit and tell the line engineer: its billing may have started."


class RanUnwatched(UnitFault):
    """Firmware ran when it had to stand still, or started over unbidden, so that silence cannot be shown."""

    code = "U402"
    remedy = "Quarantine the unit and tell the line engineer: whether it reached the cloud is not known."


# Fixture and probe


class FixtureSilent(StationFault):
    """The fixture's controller did not answer."""

    code = "S101"
    remedy = "Check the fixture's cable and power, then call the line engineer."


class FixtureRefused(StationFault):
    """The fixture's controller answered with an error."""

    code = "S102"
    remedy = "Call the line engineer."


class ProbeMissing(StationFault):
    """The debug probe of this nest is not there."""

    code = "S103"
    remedy = "Check the probe's USB cable, then call the line engineer."


class ProbesAlike(StationFault):
    """Two debug probes have one serial number: which belongs to which nest cannot be told."""

    code = "S111"
    remedy = "Call the line engineer: unplug one of them, or give it a number of its own."


class ProbeLost(StationFault):
    """The debug probe went away in mid-work."""

    code = "S104"
    remedy = "Check the probe's USB cable and run the unit again."


class TargetSilent(StationFault):
    """The probe is there, the chip does not answer on its debug port."""

    code = "S105"
    remedy = "Reseat the unit and run it again; twice in a row with two units, call the line engineer."


class WireNoise(StationFault):
    """The debug port answered, then transfers failed."""

    code = "S106"
    remedy = "Reseat the unit and run it again; twice in a row, have the fixture's pins cleaned."


class WireStalled(StationFault):
    """The debug port made the probe wait longer than it may."""

    code = "S107"
    remedy = "Reseat the unit and run it again; twice in a row, put the unit aside."


class InstrumentSilent(StationFault):
    """A measuring instrument of the fixture does not answer."""

    code = "S108"
    remedy = "Check the instrument's power and cable, then run the unit again."


class InstrumentRefused(StationFault):
    """A measuring instrument answered with an error, or with what is no number."""

    code = "S109"
    remedy = "Call the line engineer: the recipe's commands and this instrument do not fit."


class NoWatchdog(FixtureRefused):
    """The fixture's controller does not take reset and power by itself when nobody speaks to it."""

    code = "S113"
    remedy = (
        "No unit is powered. Have the controller's watchdog mended; a controller without one is declared in the"
        ' fixture\'s file: no_watchdog = "why".'
    )


class PowerTaken(StationFault):
    """Power or reset of a nest is not as the station switched it."""

    code = "S114"
    remedy = "Check the fixture's cable and power. Run the unit again; twice in a row, call the line engineer."


class ScannerLost(StationFault):
    """A scanner of this fixture is not there."""

    code = "S120"
    remedy = "Plug the scanner in; runs go on. Labels can be typed meanwhile."


# Link


class NoAnswer(StationFault):
    """The unit's firmware said nothing, or nothing valid, in time."""

    code = "S201"
    remedy = "Reseat the unit and run it again; twice in a row, call the line engineer."


class Babble(StationFault):
    """The unit sends and sends, without a valid answer."""

    code = "S202"
    remedy = "Reseat the unit and run it again; twice in a row, put the unit aside."


class LinkLost(StationFault):
    """The unit's USB went away in mid-talk."""

    code = "S203"
    remedy = "Check the unit's USB contact and run it again."


class RequestRefused(StationFault):
    """The unit refused a control request."""

    code = "S204"
    remedy = "Run the unit again; twice in a row, call the line engineer."


class OfflineRule(StationFault):
    """A step asked for something that could bring the unit online."""

    code = "S205"
    remedy = "The recipe or a step is wrong: call the line engineer. Nothing was sent."


class NotOurFirmware(StationFault):
    """What runs on the unit is not the factory-test firmware of this release."""

    code = "S206"
    remedy = "Run the unit again; twice in a row, call the line engineer."


class Unanswered(StationFault):
    """The operator was asked and nobody answered."""

    code = "S207"
    remedy = "Run the unit again and answer what the screen asks."


# Inputs


class ReleaseRefused(StationFault):
    """The set of firmware modules does not hold together."""

    code = "S301"
    remedy = "Nothing of it was written. Have the release corrected; `station firmware inspect` explains each module."


class FileChanged(StationFault):
    """A firmware file is not the one the release was sealed with."""

    code = "S302"
    remedy = "Nothing of it was written. Restore the file named above from the release and run the unit again."


class ConfigRefused(StationFault):
    """A configuration file cannot be used."""

    code = "S401"
    remedy = "Correct the line named above; `station check` tells when it is right."


class PortMissing(StationFault):
    """The recipe needs something this fixture does not have."""

    code = "S402"
    remedy = "Use another fixture, or add what is missing to its file under fixtures/."


class OrderRefused(StationFault):
    """An order's list cannot be taken as it is."""

    code = "S410"
    remedy = "Nothing was imported. Have the list corrected, or ask the supplier for it as a text file or CSV."


class CommandRefused(StationFault):
    """A scanned command cannot be read, or means nothing here."""

    code = "S420"
    remedy = "Nothing was done. Scan the command again; print a new sheet when it is worn."


class BadgeRefused(StationFault):
    """A scanned badge cannot be read."""

    code = "S421"
    remedy = "Nothing was done. Scan the badge again; have a new one printed when it is worn."


class NotAllowed(StationFault):
    """Somebody wanted what their role does not do, or did not say who they are."""

    code = "S422"
    remedy = "Nothing was done. Somebody who may starts it again, and scans their badge when it is asked for."


class PeopleChanged(StationFault):
    """The file of people is not as it was recorded; nobody can be told apart from somebody who wrote themselves in."""

    code = "S423"
    remedy = "Rights stay shut. An engineer looks at it and makes it good: `station people accept`."


class PlaceRefused(ConfigRefused):
    """A folder or file can never be where it is said to be: its name is too long, no UTF-8, or no folder."""

    code = "S404"
    remedy = "Name another place: a short name, of folders that are there, in UTF-8."


class PartMissing(StationFault):
    """A part of the system that this recipe needs is not installed."""

    code = "S403"
    remedy = "Install what is named above and start again."


# Evidence


class JournalFull(StationFault):
    """Nothing can be written, the disk being full, or for a reason below; without evidence there is no verdict."""

    code = "S501"
    remedy = "Free disk space, or remove files where there are too many; the station goes on by itself."


class DiskReadOnly(JournalFull):
    """The disk can be read and not written."""

    code = "S506"
    remedy = "A disk that fails is made read-only: look at dmesg, then mount it for writing, or replace it."


class NotPermitted(JournalFull):
    """This user may not write there, or read."""

    code = "S507"
    remedy = "Start the station as the user to whom this belongs, or give it to this user with chown."


class DiskFails(JournalFull):
    """The disk, or the system, answers with errors of its own."""

    code = "S508"
    remedy = "The disk fails, or the system: look at dmesg. Copy the state folder to another disk before it is gone."


class JournalDamaged(StationFault):
    """The journal is not the one this station wrote."""

    code = "S502"
    remedy = "Do not run units. Keep the files as they are and call the line engineer."


class JournalBusy(StationFault):
    """Another program holds the journal."""

    code = "S503"
    remedy = "Close the other station or program that uses this state folder."


class EvidenceMissing(StationFault):
    """The run ended without a fault, but not everything a PASS needs was recorded."""

    code = "S504"
    remedy = "Run the unit again; if it repeats, call the line engineer: the recipe or a step is wrong."


class NoJournal(StationFault):
    """There is no journal in this folder."""

    code = "S505"
    remedy = "Name the state folder of a station that has run; nothing was created."


class JournalMoved(StationFault):
    """The file that the station writes is not the one that is in its folder."""

    code = "S511"
    remedy = "Run no units. Put the files named above back; the station goes on by itself. Call the line engineer."


class JournalTouched(JournalMoved):
    """Another program wrote into the journal while its station runs, and it is not what the station wrote any more."""

    code = "S517"
    remedy = "Run no units. Keep all files of the state folder as they are and call the line engineer."


class JournalDoubted(StationFault):
    """The journal in this folder may lack what was shown or handed out; its children say why."""

    code = "S512"
    remedy = "Run no units. An engineer finds out which it is and says so: `station journal accept`."


class JournalGone(JournalDoubted):
    """The folder was used, and its journal is not there."""

    code = "S513"
    remedy = "Run no units. Put the journal back; if it is lost, an engineer says so: `station journal accept`."


class JournalLogGone(JournalDoubted):
    """The station did not end by itself, and the log of its last entries is not there."""

    code = "S514"
    remedy = "Run no units. Put journal.sqlite-wal back; if it is lost, an engineer says so: `station journal accept`."


class JournalShort(JournalDoubted):
    """The journal ends before what was noted, exported or reported of it: an old copy, or one that was cut."""

    code = "S515"
    remedy = "Run no units. Put the newest journal back; if it is lost, an engineer says so: `station journal accept`."


class JournalOther(JournalDoubted):
    """The journal in this folder is another one than the folder's."""

    code = "S516"
    remedy = (
        "Run no units. Put each journal back into its own folder; else an engineer says so: `station journal accept`."
    )


# Engine


class OperationLate(StationFault):
    """An operation did not end within its time."""

    code = "S601"
    remedy = "Run the unit again; twice in a row, call the line engineer."


class WorkerLost(StationFault):
    """The process that worked on this nest ended."""

    code = "S602"
    remedy = "The nest was made safe. Run the unit again; if it repeats, call the line engineer."


class StationStopped(StationFault):
    """The station stopped in mid-run."""

    code = "S603"
    remedy = "Run the unit again."
    outcome = Outcome.INTERRUPTED


class NestUnsafe(StationFault):
    """A nest could not be brought to reset held and power off."""

    code = "S604"
    remedy = "Take the unit out with the fixture's main switch off, then call the line engineer."


def all_faults(root: type[Fault] = Fault) -> list[type[Fault]]:
    """Every fault that has a code."""
    found = [one for child in root.__subclasses__() for one in (child, *all_faults(child)) if "code" in vars(one)]
    return sorted(set(found), key=lambda one: one.code)
