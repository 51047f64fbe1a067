"""What is done to a unit: one file per operation, in sheet order.

A step is a plain function whose signature names what it needs; packages of your own add theirs through the
entry-point group `station.steps`.
"""

from station.steps.flash import flash_device_os, flash_factory_test, flash_product_firmware
from station.steps.identify_by_word import identify_by_word
from station.steps.identify_modem import identify_modem
from station.steps.identify_on_wire import identify_on_wire
from station.steps.instrument import instrument
from station.steps.measure import measure
from station.steps.prompt import prompt
from station.steps.read_silence import read_silence
from station.steps.request_preadd import request_preadd
from station.steps.seal import seal

ALL = (
    identify_on_wire,
    flash_factory_test,
    identify_by_word,
    identify_modem,
    measure,
    prompt,
    instrument,
    read_silence,
    flash_device_os,
    flash_product_firmware,
    seal,
    request_preadd,
)
