"""What the station answers that is nobody's fault; a code each, so that every language can say it."""

from enum import StrEnum


class Hint(StrEnum):
    """Why a scan or an answer changed nothing."""

    SEATED_ALREADY = "H001"
    NO_NEST = "H002"
    NO_USE = "H003"
    SEVERAL_ASK = "H004"
    OTHER_ANSWER = "H005"
    NOT_ASKED = "H006"
