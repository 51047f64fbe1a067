"""The flash algorithm that runs in an STM32F205's RAM, in Thumb code.

PM0059 (STM32F20x flash programming manual) §2: unlock by two keys, erase by sector number, write word by word while BSY
is low. x32 parallelism asks for 2.7 V to 3.6 V (PM0059 §2.3); Particle's modules run on 3.3 V. Every call returns to
`back` with its result in r0. Flags stay in CR only while a call lasts.

There is no EraseAll: MER would take sector 1 with it, where the unit keeps its own keys (Device OS 2.3,
linker_stm32f2xx.ld).

Never run on hardware.
"""

import re

LOAD_ADDRESS = 0x2000_0000

REFUSED = 1
"""What EraseSector and ProgramPage return for an address outside the flash, or for what is not whole words."""

LOCKED = 0x8000_0000
"""What Init, EraseSector and ProgramPage return when the controller is locked and its keys do not open it."""

ERRORS = 0xF2
"""What else they may return: PGSERR 0x80, PGPERR 0x40, PGAERR 0x20, WRPERR 0x10, OPERR 0x02 (PM0059, FLASH_SR)."""

LISTING = """
back:  ; every call returns here
  20000000  00be      bkpt #0                     ; and the debugger takes over
  20000002  fde7      b #0x20000000
init:  ; Init(r0 address, r1 clock, r2 operation): 0, or LOCK
  20000004  0020      movs r0, #0
  20000006  032a      cmp r2, #3                  ; to verify, nothing is unlocked
  20000008  10d0      beq #0x2000002c
  2000000a  70b5      push {r4, r5, r6, lr}
  2000000c  00f015f8  bl #0x2000003a
  20000010  0bd5      bpl #0x2000002a             ; open already: the keys again would be a bus error
  20000012  4ff00040  mov.w r0, #-0x80000000      ; LOCK, until the keys have opened it
  20000016  dff8d040  ldr.w r4, [pc, #0xd0]
  2000001a  5c60      str r4, [r3, #4]            ; KEYR
  2000001c  dff8cc40  ldr.w r4, [pc, #0xcc]
  20000020  5c60      str r4, [r3, #4]
  20000022  00f00af8  bl #0x2000003a
  20000026  00d4      bmi #0x2000002a
  20000028  0020      movs r0, #0
init_end:
  2000002a  70bd      pop {r4, r5, r6, pc}
init_verify:
  2000002c  7047      bx lr
uninit:  ; UnInit(r0 operation): 0
  2000002e  2d4b      ldr r3, [pc, #0xb4]
  20000030  4ff00040  mov.w r0, #-0x80000000
  20000034  1861      str r0, [r3, #0x10]         ; CR = LOCK
  20000036  0020      movs r0, #0
  20000038  7047      bx lr
begin:  ; r3 = registers, errors cleared; N is set while CR is locked; spoils r4
  2000003a  2a4b      ldr r3, [pc, #0xa8]
begin_busy:
  2000003c  dc68      ldr r4, [r3, #0xc]          ; SR
  2000003e  e403      lsls r4, r4, #0xf           ; BSY, bit 16, is the sign
  20000040  fcd4      bmi #0x2000003c
  20000042  f324      movs r4, #0xf3              ; PGSERR PGPERR PGAERR WRPERR OPERR EOP
  20000044  dc60      str r4, [r3, #0xc]          ; cleared by writing ones
  20000046  1c69      ldr r4, [r3, #0x10]         ; CR: LOCK, bit 31, is the sign
  20000048  002c      cmp r4, #0
  2000004a  7047      bx lr
erase:  ; EraseSector(r0 address): 0, error flags, LOCK, or 1
  2000004c  70b5      push {r4, r5, r6, lr}
  2000004e  a0f10060  sub.w r0, r0, #0x8000000
  20000052  010d      lsrs r1, r0, #0x14
  20000054  1ed1      bne #0x20000094             ; outside the 1 MiB
  20000056  410c      lsrs r1, r0, #0x11          ; 128 KiB: the first are sectors 0 to 4,
  20000058  04d1      bne #0x20000064             ; the next is sector 5
  2000005a  810b      lsrs r1, r0, #0xe           ; 16 KiB: sectors 0 to 3,
  2000005c  0429      cmp r1, #4
  2000005e  02d9      bls #0x20000066
  20000060  0421      movs r1, #4                 ; then one of 64 KiB
  20000062  00e0      b #0x20000066
erase_large:
  20000064  0431      adds r1, #4
erase_sector:
  20000066  fff7e8ff  bl #0x2000003a
  2000006a  10d4      bmi #0x2000008e             ; CR would ignore what follows, without an error flag
  2000006c  c900      lsls r1, r1, #3             ; SNB
  2000006e  01f20221  addw r1, r1, #0x202         ; SER, PSIZE x32
  20000072  1961      str r1, [r3, #0x10]
  20000074  41f48031  orr r1, r1, #0x10000        ; STRT
  20000078  1961      str r1, [r3, #0x10]
  2000007a  bff34f8f  dsb sy                      ; SR is not asked before STRT has arrived
finish:  ; wait; r0 = error flags; CR = 0
  2000007e  d868      ldr r0, [r3, #0xc]
  20000080  c403      lsls r4, r0, #0xf
  20000082  fcd4      bmi #0x2000007e
  20000084  10f0f200  ands r0, r0, #0xf2          ; PGSERR PGPERR PGAERR WRPERR OPERR
  20000088  0024      movs r4, #0
  2000008a  1c61      str r4, [r3, #0x10]
  2000008c  70bd      pop {r4, r5, r6, pc}
locked:
  2000008e  4ff00040  mov.w r0, #-0x80000000
  20000092  70bd      pop {r4, r5, r6, pc}
refuse:
  20000094  0120      movs r0, #1
  20000096  70bd      pop {r4, r5, r6, pc}
program:  ; ProgramPage(r0 address, r1 size, r2 data): 0, error flags, LOCK, or 1
  20000098  70b5      push {r4, r5, r6, lr}
  2000009a  40ea0103  orr.w r3, r0, r1
  2000009e  1343      orrs r3, r2
  200000a0  9b07      lsls r3, r3, #0x1e
  200000a2  f7d1      bne #0x20000094             ; not whole words
  200000a4  a0f10065  sub.w r5, r0, #0x8000000
  200000a8  6d18      adds r5, r5, r1
  200000aa  f3d2      bhs #0x20000094             ; below the flash
  200000ac  b5f5801f  cmp.w r5, #0x100000
  200000b0  f0d8      bhi #0x20000094             ; beyond its end
  200000b2  fff7c2ff  bl #0x2000003a
  200000b6  ead4      bmi #0x2000008e
  200000b8  4518      adds r5, r0, r1
  200000ba  40f20124  movw r4, #0x201             ; PG, PSIZE x32
  200000be  1c61      str r4, [r3, #0x10]
word:
  200000c0  a842      cmp r0, r5
  200000c2  dcd0      beq #0x2000007e
  200000c4  52f8041b  ldr r1, [r2], #4
  200000c8  4c1c      adds r4, r1, #1
  200000ca  08d0      beq #0x200000de             ; all ones: cells keep what they hold, written or not
  200000cc  0160      str r1, [r0]
  200000ce  bff34f8f  dsb sy                      ; SR is not asked before the word has arrived
word_busy:
  200000d2  d968      ldr r1, [r3, #0xc]
  200000d4  cc03      lsls r4, r1, #0xf
  200000d6  fcd4      bmi #0x200000d2
  200000d8  11f0f201  ands r1, r1, #0xf2
  200000dc  cfd1      bne #0x2000007e
word_done:
  200000de  0430      adds r0, #4
  200000e0  eee7      b #0x200000c0
  200000e2  00bf      nop                         ; the constants lie on whole words
registers:
  200000e4  003c0240  .word 0x40023c00            ; ACR, KEYR, OPTKEYR, SR, CR, OPTCR
key1:
  200000e8  23016745  .word 0x45670123            ; KEY1
key2:
  200000ec  ab89efcd  .word 0xcdef89ab            ; KEY2
"""
"""Address, bytes as they lie in memory, what they say, and why; a test disassembles the bytes."""

_ROW = re.compile(r" +[0-9a-f]{8}  ([0-9a-f]+) ")
_LABEL = re.compile(r"(\w+):")


def _assembled() -> tuple[bytes, dict[str, int]]:
    """The bytes, and the address of each label."""
    code, labels = bytearray(), dict[str, int]()
    for line in LISTING.splitlines():
        if row := _ROW.match(line):
            code += bytes.fromhex(row[1])
        elif label := _LABEL.match(line):
            labels[label[1]] = LOAD_ADDRESS + len(code)
    return bytes(code), labels


CODE, LABELS = _assembled()
