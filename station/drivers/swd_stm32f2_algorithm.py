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
  20000008  0bd0      beq #0x20000022
  2000000a  70b5      push {r4, r5, r6, lr}
  2000000c  00f010f8  bl #0x20000030
  20000010  06d5      bpl #0x20000020             ; open already: the keys again would be a bus error
  20000012  324c      ldr r4, [pc, #0xc8]
  20000014  5c60      str r4, [r3, #4]            ; KEYR
  20000016  324c      ldr r4, [pc, #0xc8]
  20000018  5c60      str r4, [r3, #4]
  2000001a  00f009f8  bl #0x20000030
  2000001e  31d4      bmi #0x20000084
init_end:
  20000020  70bd      pop {r4, r5, r6, pc}
init_verify:
  20000022  7047      bx lr
uninit:  ; UnInit(r0 operation): 0
  20000024  2c4b      ldr r3, [pc, #0xb0]
  20000026  4ff00040  mov.w r0, #-0x80000000
  2000002a  1861      str r0, [r3, #0x10]         ; CR = LOCK
  2000002c  0020      movs r0, #0
  2000002e  7047      bx lr
begin:  ; r3 = registers, errors cleared; N is set while CR is locked; spoils r4
  20000030  294b      ldr r3, [pc, #0xa4]
begin_busy:
  20000032  dc68      ldr r4, [r3, #0xc]          ; SR
  20000034  e403      lsls r4, r4, #0xf           ; BSY, bit 16, is the sign
  20000036  fcd4      bmi #0x20000032
  20000038  f324      movs r4, #0xf3              ; PGSERR PGPERR PGAERR WRPERR OPERR EOP
  2000003a  dc60      str r4, [r3, #0xc]          ; cleared by writing ones
  2000003c  1c69      ldr r4, [r3, #0x10]         ; CR: LOCK, bit 31, is the sign
  2000003e  002c      cmp r4, #0
  20000040  7047      bx lr
erase:  ; EraseSector(r0 address): 0, error flags, LOCK, or 1
  20000042  70b5      push {r4, r5, r6, lr}
  20000044  a0f10060  sub.w r0, r0, #0x8000000
  20000048  010d      lsrs r1, r0, #0x14
  2000004a  1ed1      bne #0x2000008a             ; outside the 1 MiB
  2000004c  410c      lsrs r1, r0, #0x11          ; 128 KiB: the first are sectors 0 to 4,
  2000004e  04d1      bne #0x2000005a             ; the next is sector 5
  20000050  810b      lsrs r1, r0, #0xe           ; 16 KiB: sectors 0 to 3,
  20000052  0429      cmp r1, #4
  20000054  02d9      bls #0x2000005c
  20000056  0421      movs r1, #4                 ; then one of 64 KiB
  20000058  00e0      b #0x2000005c
erase_large:
  2000005a  0431      adds r1, #4
erase_sector:
  2000005c  fff7e8ff  bl #0x20000030
  20000060  10d4      bmi #0x20000084             ; CR would ignore what follows, without an error flag
  20000062  c900      lsls r1, r1, #3             ; SNB
  20000064  01f20221  addw r1, r1, #0x202         ; SER, PSIZE x32
  20000068  1961      str r1, [r3, #0x10]
  2000006a  41f48031  orr r1, r1, #0x10000        ; STRT
  2000006e  1961      str r1, [r3, #0x10]
  20000070  bff34f8f  dsb sy                      ; SR is not asked before STRT has arrived
finish:  ; wait; r0 = error flags; CR = 0
  20000074  d868      ldr r0, [r3, #0xc]
  20000076  c403      lsls r4, r0, #0xf
  20000078  fcd4      bmi #0x20000074
  2000007a  10f0f200  ands r0, r0, #0xf2          ; PGSERR PGPERR PGAERR WRPERR OPERR
  2000007e  0024      movs r4, #0
  20000080  1c61      str r4, [r3, #0x10]
  20000082  70bd      pop {r4, r5, r6, pc}
locked:
  20000084  4ff00040  mov.w r0, #-0x80000000
  20000088  70bd      pop {r4, r5, r6, pc}
refuse:
  2000008a  0120      movs r0, #1
  2000008c  70bd      pop {r4, r5, r6, pc}
program:  ; ProgramPage(r0 address, r1 size, r2 data): 0, error flags, LOCK, or 1
  2000008e  70b5      push {r4, r5, r6, lr}
  20000090  40ea0103  orr.w r3, r0, r1
  20000094  1343      orrs r3, r2
  20000096  9b07      lsls r3, r3, #0x1e
  20000098  f7d1      bne #0x2000008a             ; not whole words
  2000009a  a0f10065  sub.w r5, r0, #0x8000000
  2000009e  6d18      adds r5, r5, r1
  200000a0  f3d2      bhs #0x2000008a             ; below the flash
  200000a2  b5f5801f  cmp.w r5, #0x100000
  200000a6  f0d8      bhi #0x2000008a             ; beyond its end
  200000a8  fff7c2ff  bl #0x20000030
  200000ac  ead4      bmi #0x20000084
  200000ae  4518      adds r5, r0, r1
  200000b0  40f20124  movw r4, #0x201             ; PG, PSIZE x32
  200000b4  1c61      str r4, [r3, #0x10]
word:
  200000b6  a842      cmp r0, r5
  200000b8  dcd0      beq #0x20000074
  200000ba  52f8041b  ldr r1, [r2], #4
  200000be  4c1c      adds r4, r1, #1
  200000c0  08d0      beq #0x200000d4             ; all ones: cells keep what they hold, written or not
  200000c2  0160      str r1, [r0]
  200000c4  bff34f8f  dsb sy                      ; SR is not asked before the word has arrived
word_busy:
  200000c8  d968      ldr r1, [r3, #0xc]
  200000ca  cc03      lsls r4, r1, #0xf
  200000cc  fcd4      bmi #0x200000c8
  200000ce  11f0f201  ands r1, r1, #0xf2
  200000d2  cfd1      bne #0x20000074
word_done:
  200000d4  0430      adds r0, #4
  200000d6  eee7      b #0x200000b6
registers:
  200000d8  003c0240  .word 0x40023c00            ; ACR, KEYR, OPTKEYR, SR, CR, OPTCR
key1:
  200000dc  23016745  .word 0x45670123            ; KEY1
key2:
  200000e0  ab89efcd  .word 0xcdef89ab            ; KEY2
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
