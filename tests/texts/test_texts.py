"""What an operator reads: complete, short, calm, and in every language the same."""

import re
from typing import get_args

import pytest

from station.domain.events import Profile
from station.domain.faults import BUG, all_faults
from station.domain.nest import TABLE, Row
from station.domain.people import Action, Language, Role
from station.domain.profile import BANNERS
from station.domain.questions import QUESTIONS
from station.domain.refusals import TEXTS, Code
from station.steps import ALL as STEPS
from station.texts import COMPLETE, languages, placeholders, texts_in, written_in
from station.ui.model import Look, Press
from station.ui.words import row_key

ENGLISH = texts_in(COMPLETE)
CODES = [BUG, *(fault.code for fault in all_faults())]

MOST = {
    r"look\..*": 9,
    r"nest\..*": 28,
    r"fault\..*\.head": 28,
    r"(fault|hint)\..*\.what": 66,
    r"(fault|hint|notice)\..*\.do": 72,
    r"notice\..*\.what": 42,
    r"band\..*\.prompt(_many)?": 40,
    r"band\..*\.detail": 72,
    r"button\..*": 14,
    r"answer\..*": 8,
    r"figures\..*": 18,
    r"step\..*": 30,
    r"sheet\.verb\..*": 12,
    r"sheet\.(answers|nests|others|badges)": 44,
    r"check\..*\.title": 18,
    r"check\..*": 66,
}
"""Characters, placeholders as they are written; a text that is longer has a box it does not fit."""


@pytest.mark.parametrize("code", CODES)
def test_every_fault_says_what_happened_and_what_to_do(code: str) -> None:
    for part in ("what", "do"):
        said = ENGLISH.say(f"fault.{code}.{part}")
        assert said.endswith("."), said


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.state} {row.on}")
def test_every_row_of_a_nests_life_has_its_text(row: Row) -> None:
    assert ENGLISH.say(row_key(row))


@pytest.mark.parametrize("code", Code)
def test_every_refusal_is_told_by_what_it_knows(code: Code) -> None:
    known = placeholders("".join(TEXTS[code]))
    for part in ("what", "do"):
        assert placeholders(ENGLISH.entries[f"hint.{code}.{part}"]) <= known


def test_every_look_key_operation_and_question_has_a_name() -> None:
    for key in [
        *(f"look.{look}" for look in Look),
        *(f"button.{press}" for press in Press),
        *(f"step.{step.__name__}" for step in STEPS if step.__name__ != "measure"),
        *(f"step.measure.{asked.name}" for asked in QUESTIONS),
        "step.prompt",
        *(f"role.{role}" for role in Role),
        *(f"action.{action}" for action in Action),
    ]:
        assert ENGLISH.say(key)


@pytest.mark.parametrize("profile", [one for one in BANNERS if one != "offline"])
def test_the_red_strip_is_word_for_word_what_reports_say(profile: Profile) -> None:
    assert ENGLISH.say(f"profile.{profile}") == BANNERS[profile]


def test_no_two_looks_share_a_word() -> None:
    words = [ENGLISH.say(f"look.{look}") for look in Look]
    assert len(set(words)) == len(words)


def test_no_text_begs_shouts_or_blames() -> None:
    for text in ENGLISH.entries.values():
        rude = r"\b(please|sorry|error|fault|blame|mistake|illegal|invalid|oops)\b|!"
        assert not re.search(rude, text, re.IGNORECASE), text
        assert not re.search(r"not billed|never connected", text, re.IGNORECASE), text
        assert text == text.strip(), text
        assert "  " not in text, text


def test_every_text_is_short_enough_for_its_place() -> None:
    for key, text in ENGLISH.entries.items():
        most = next((most for pattern, most in MOST.items() if re.fullmatch(pattern, key)), 90)
        assert len(text) <= most, (key, text)


OTHERS = [one for one in languages() if one != COMPLETE]

BAD_MANNERS = {
    "zh_CN": "请|抱歉|对不起|错误|故障|非法|无效|警告|！|未计费|从未连接|没有连接过",
    "vi": r"vui lòng|xin |hãy|lỗi|sai phạm|không hợp lệ|!|chưa tính phí|chưa từng kết nối",
    "es": r"por favor|perdón|lo siento|\berror|inválid|ilegal|culpa|[!¡]|no factur|nunca se conect",
}
"""Begging, shouting, blame, and what an offline station cannot know."""

AS_ENGLISH = {
    "zh_CN": "release id usb mb mm i²c sim pin device os yes no done alsa utils online test account",
    "vi": "release id usb mb mm i²c sim pin device os yes no done alsa utils online test account"
    " chip firmware modem radio bus flash boot hub cloud cell offline",
    "es": "release id usb mb mm i²c sim pin device os yes no done alsa utils online test account"
    " chip firmware fixture radio bus flash hub cable cables real auditor pc",
}
"""Words of the English text that stay: names, codes that are scanned, and what the line itself says or spells alike."""


def test_the_catalogue_has_the_languages_that_a_recipe_can_ask_in() -> None:
    assert set(languages()) == set(get_args(Language))


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_englishs_keys_and_placeholders_and_no_others(language: str) -> None:
    own = written_in(language)
    assert list(own) == list(ENGLISH.entries), "in the same order"
    for key, text in own.items():
        assert text.strip(), key
        assert placeholders(text) == placeholders(ENGLISH.entries[key]), key
        assert text.count("\n") == ENGLISH.entries[key].count("\n"), key


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_is_left_over(language: str) -> None:
    kept = set(AS_ENGLISH[language].split())
    for key, text in written_in(language).items():
        words, english = ({*re.findall(r"[^\W\d_]{2,}", _bare(one).lower())} for one in (text, ENGLISH.entries[key]))
        assert not words & english - kept, (key, text)


def _bare(text: str) -> str:
    return re.sub(r"\{\w+\}", " ", text)


@pytest.mark.parametrize("language", OTHERS)
def test_no_language_begs_shouts_blames_or_claims_what_it_cannot_know(language: str) -> None:
    for key, text in written_in(language).items():
        assert not re.search(BAD_MANNERS[language], text, re.IGNORECASE), (key, text)
        assert text == text.strip(), key
        assert "  " not in text, key


@pytest.mark.parametrize("language", languages())
def test_every_sentence_ends_as_its_english_does(language: str) -> None:
    for key, text in written_in(language).items():
        if key == "decimal":
            continue
        assert text.endswith((".", "。")) == ENGLISH.entries[key].endswith("."), (key, text)


@pytest.mark.parametrize("language", languages())
def test_no_look_is_taken_for_another(language: str) -> None:
    words = [texts_in(language).say(f"look.{look}") for look in Look]
    assert not [(one, other) for one in words for other in words if one is not other and other.startswith(one)]
    said = texts_in(language).say
    assert said("look.pass")[:2] != said("look.fail")[:2]


@pytest.mark.parametrize("language", languages())
def test_what_is_not_known_to_have_connected_is_never_called_safe(language: str) -> None:
    """Both places say the same of a unit that may have connected, on the card and in the band."""
    own = texts_in(language)
    assert own.say("fault.U401.head") == own.say("fault.U402.head") == own.say("nest.locked.may_have_connected")


@pytest.mark.parametrize("language", languages())
def test_a_number_never_parts_from_its_unit(language: str) -> None:
    for key, text in written_in(language).items():
        assert not re.search(r"\} (s|GB|%|秒|号|giây)(\b|[^\w]|$)", text), (key, text)


def test_chinese_has_its_own_punctuation_and_a_space_beside_latin_letters() -> None:
    for key, text in written_in("zh_CN").items():
        assert not re.search(r"[\u4e00-\u9fff][,.:;?]|[,;?](?=[\u4e00-\u9fff])", text), (key, text)
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", text), (key, text)
        assert not re.search(r"[\u4e00-\u9fff] +[\u4e00-\u9fff]|[，。：、] | [，。：、]", text), (key, text)


def test_numbers_lists_and_sentences_are_written_as_each_language_does() -> None:
    made = {
        one: (
            texts_in(one).number("94.9"),
            texts_in(one).joined(["1", "2", "4"]),
            texts_in(one).sentences("A", "", "B"),
        )
        for one in languages()
    }
    assert made == {
        "en": ("94.9", "1, 2 and 4", "A B"),
        "es": ("94.9", "1, 2 y 4", "A B"),
        "vi": ("94,9", "1, 2 và 4", "A B"),
        "zh_CN": ("94.9", "1、2 和 4", "AB"),
    }
    assert ENGLISH.sentences() == ENGLISH.sentences("", "") == ""


def test_a_text_takes_just_its_own_values() -> None:
    assert ENGLISH.say("scan.taken", nest=4) == "Taken for nest 4"
    with pytest.raises(LookupError, match="nest"):
        ENGLISH.say("scan.taken")
    with pytest.raises(LookupError, match="nest"):
        ENGLISH.say("scan.taken", nest=4, serial="B40")
    with pytest.raises(LookupError, match=r"scan\.token"):
        ENGLISH.say("scan.token")


def test_a_text_is_filled_from_more_than_it_needs_and_not_from_less() -> None:
    assert ENGLISH.fill("scan.taken", {"nest": 4, "serial": "B40"}) == "Taken for nest 4"
    with pytest.raises(LookupError):
        ENGLISH.fill("scan.taken", {"serial": "B40"})


@pytest.mark.parametrize("text", ["{0}", "{}", "{nest.real}", "{nest[0]}", "{nest!r}", "{nest:>9}"])
def test_a_text_is_no_program(text: str) -> None:
    with pytest.raises(ValueError, match="a name in braces"):
        placeholders(text)


@pytest.mark.parametrize("language", ["xx", "", "../texts/en", "en.toml", "/etc/passwd"])
def test_a_language_without_a_file_is_refused(language: str) -> None:
    with pytest.raises(LookupError, match="no texts"):
        texts_in(language)


def test_several_things_are_joined_as_in_a_sentence() -> None:
    assert [ENGLISH.joined(one) for one in (["1"], ["1", "3"], ["1", "2", "4"])] == ["1", "1 and 3", "1, 2 and 4"]
