"""A CRC-32 routine for Cortex-M3 and Cortex-M4, as words and as the listing they are from.

A CRC register of 32 bits and the next word of data, taken together by exclusive or, give the register 32 steps later;
that step is linear, so the word is cut into 10, 11 and 11 bits and each piece is looked up in a table of its own.
Three look-ups a word instead of the four of slicing by bytes, for 20 KiB of tables, which the chip builds itself.
Ref: M. Kounavis, F. Berry, A Systematic Approach to Building High Performance Software-Based CRC Generators (2005).

Called with R0, the block's address; R1, not 0 to build the tables first; LR, the breakpoint. R4 to R11 and SP are
as they were when it returns: pyOCD sets SP and R9 for its flash algorithm only once (pyOCD 0.46, Flash.init).
The block is a count, then a start and a size for each range. Afterwards the count is inverted, results follow it.
"""

BREAKPOINT = 0x000
"""Offset of the breakpoint at which a call ends."""

ENTRY = 0x004
"""Offset of the routine."""

TABLES = 0x200
"""Offset of the tables of bits 22 to 31, 11 to 21 and 0 to 10; what is called with is kept between code and tables."""

BLOCK = TABLES + 0x5000
"""Offset of the block: where the tables end, by which the routine knows that it has built the last one."""

_WORDS = """
BF00BE00 1CC0F20F 4FF0E88C A17CB1E9 5280F44F 3620F248 56B8F6CE 24004635
0853600C 590F2400 18E4406F 18E4510F D3F84294 BF28086D 085B4075 D2F12B04
F44F4411 42815200 4681D1E9 0A04F100 0B04F100 F502A26A F5015180 F6415000
F8D97CFC EB095000 45AA05C5 80A2F200 3802E8FA F04F4498 454334FF 8096F000
D104079D 0E03EBA8 0F04F1BE 781FD208 40673301 0D3F063F EA8759D7 E7EC2414
0E1FF02E E068449E 407C681F 2554EA0C 5614EA0C 0484EA0C 5996594D 685F5904
4074406C EA0C407C EA0C2554 EA0C5614 594D0484 59045996 406C689F 407C4074
2554EA0C 5614EA0C 0484EA0C 5996594D 68DF5904 4074406C EA0C407C EA0C2554
EA0C5614 594D0484 59045996 406C691F 407C4074 2554EA0C 5614EA0C 0484EA0C
5996594D 695F5904 4074406C EA0C407C EA0C2554 EA0C5614 594D0484 59045996
406C699F 407C4074 2554EA0C 5614EA0C 0484EA0C 5996594D 69DF5904 4074406C
EA0C407C EA0C2554 EA0C5614 594D0484 59045996 4074406C 45733320 EBA8D194
F02E0E03 449E0E03 681FE00D 407C3304 2554EA0C 5614EA0C 0484EA0C 5996594D
406C5904 45734074 E766D1EF F84B43E4 E7564B04 5000F8D9 F8C943ED F20F5000
E89C0C08 BF008FF0
"""

CODE = tuple(int(word, 16) for word in _WORDS.split())
"""Position-independent Thumb-2, on a 4-byte boundary."""

LISTING = """
000  be00       bkpt #0                                            ; where a call ends
002  bf00       nop
004  f20f 1cc0  addw ip, pc, #0x1c0                                ; entry:
008  e88c 4ff0  stm.w ip, {r4, r5, r6, r7, r8, sb, sl, fp, lr}     ; what a caller may keep
00c  b1e9       cbz r1, #0x4a
00e  a17c       adr r1, #0x1f0                                     ; R1: a table, first that of bits 22 to 31
010  f44f 5280  mov.w r2, #0x1000                                  ; R2: its size
014  f248 3620  movw r6, #0x8320                                   ; R6: the polynomial
018  f6ce 56b8  movt r6, #0xedb8
01c  4635       mov r5, r6                                         ; R5: bit 31 after 32 steps, then 30, ...
01e  2400       movs r4, #0                                        ; table: of nothing comes nothing
020  600c       str r4, [r1]
022  0853       lsrs r3, r2, #1                                    ; R3: the bit in hand, as an offset in the table
024  2400       movs r4, #0                                        ; bit:
026  590f       ldr r7, [r1, r4]                                   ; entry: without the bit
028  406f       eors r7, r5
02a  18e4       adds r4, r4, r3
02c  510f       str r7, [r1, r4]                                   ; and with it
02e  18e4       adds r4, r4, r3
030  4294       cmp r4, r2
032  d3f8       blo #0x26
034  086d       lsrs r5, r5, #1                                    ; the bit below takes one step more
036  bf28       it hs
038  4075       eorhs r5, r6
03a  085b       lsrs r3, r3, #1
03c  2b04       cmp r3, #4
03e  d2f1       bhs #0x24
040  4411       add r1, r2
042  f44f 5200  mov.w r2, #0x2000                                  ; the tables of bits 11 to 21 and 0 to 10
046  4281       cmp r1, r0                                         ; the block is where tables end
048  d1e9       bne #0x1e
04a  4681       mov sb, r0                                         ; start: R9 the block
04c  f100 0a04  add.w sl, r0, #4                                   ; R10: the next range
050  f100 0b04  add.w fp, r0, #4                                   ; R11: the next result, never ahead of R10
054  a26a       adr r2, #0x1a8                                     ; R2: bits 22 to 31
056  f502 5180  add.w r1, r2, #0x1000                              ; R1: bits 11 to 21
05a  f501 5000  add.w r0, r1, #0x2000                              ; R0: bits 0 to 10
05e  f641 7cfc  movw ip, #0x1ffc                                   ; R12: an offset in a table
062  f8d9 5000  ldr.w r5, [sb]                                     ; range: is any left?
066  eb09 05c5  add.w r5, sb, r5, lsl #3
06a  45aa       cmp sl, r5
06c  f200 80a2  bhi.w #0x1b4
070  e8fa 3802  ldrd r3, r8, [sl], #8                              ; R3: address
074  4498       add r8, r3                                         ; R8: end
076  f04f 34ff  mov.w r4, #-1                                      ; R4: CRC
07a  4543       cmp r3, r8                                         ; bytes: to the first whole word, and after the last
07c  f000 8096  beq.w #0x1ac
080  079d       lsls r5, r3, #0x1e
082  d104       bne #0x8e
084  eba8 0e03  sub.w lr, r8, r3
088  f1be 0f04  cmp.w lr, #4
08c  d208       bhs #0xa0
08e  781f       ldrb r7, [r3]                                      ; byte:
090  3301       adds r3, #1
092  4067       eors r7, r4
094  063f       lsls r7, r7, #0x18
096  0d3f       lsrs r7, r7, #0x14                                 ; bits 24 to 31 begin with 24 steps that only shift
098  59d7       ldr r7, [r2, r7]
09a  ea87 2414  eor.w r4, r7, r4, lsr #8
09e  e7ec       b #0x7a
0a0  f02e 0e1f  bic lr, lr, #0x1f                                  ; body: LR, the end of all turns
0a4  449e       add lr, r3
0a6  e068       b #0x17a
0a8  681f       ldr r7, [r3]                                       ; turn: 32 bytes
0aa  407c       eors r4, r7
0ac  ea0c 2554  and.w r5, ip, r4, lsr #9                           ; word 0
0b0  ea0c 5614  and.w r6, ip, r4, lsr #20
0b4  ea0c 0484  and.w r4, ip, r4, lsl #2
0b8  594d       ldr r5, [r1, r5]
0ba  5996       ldr r6, [r2, r6]
0bc  5904       ldr r4, [r0, r4]
0be  685f       ldr r7, [r3, #4]                                   ; a load that overlaps costs one cycle
0c0  406c       eors r4, r5
0c2  4074       eors r4, r6
0c4  407c       eors r4, r7
0c6  ea0c 2554  and.w r5, ip, r4, lsr #9                           ; word 1
0ca  ea0c 5614  and.w r6, ip, r4, lsr #20
0ce  ea0c 0484  and.w r4, ip, r4, lsl #2
0d2  594d       ldr r5, [r1, r5]
0d4  5996       ldr r6, [r2, r6]
0d6  5904       ldr r4, [r0, r4]
0d8  689f       ldr r7, [r3, #8]
0da  406c       eors r4, r5
0dc  4074       eors r4, r6
0de  407c       eors r4, r7
0e0  ea0c 2554  and.w r5, ip, r4, lsr #9                           ; word 2
0e4  ea0c 5614  and.w r6, ip, r4, lsr #20
0e8  ea0c 0484  and.w r4, ip, r4, lsl #2
0ec  594d       ldr r5, [r1, r5]
0ee  5996       ldr r6, [r2, r6]
0f0  5904       ldr r4, [r0, r4]
0f2  68df       ldr r7, [r3, #0xc]
0f4  406c       eors r4, r5
0f6  4074       eors r4, r6
0f8  407c       eors r4, r7
0fa  ea0c 2554  and.w r5, ip, r4, lsr #9                           ; word 3
0fe  ea0c 5614  and.w r6, ip, r4, lsr #20
102  ea0c 0484  and.w r4, ip, r4, lsl #2
106  594d       ldr r5, [r1, r5]
108  5996       ldr r6, [r2, r6]
10a  5904       ldr r4, [r0, r4]
10c  691f       ldr r7, [r3, #0x10]
10e  406c       eors r4, r5
110  4074       eors r4, r6
112  407c       eors r4, r7
114  ea0c 2554  and.w r5, ip, r4, lsr #9                           ; word 4
118  ea0c 5614  and.w r6, ip, r4, lsr #20
11c  ea0c 0484  and.w r4, ip, r4, lsl #2
120  594d       ldr r5, [r1, r5]
122  5996       ldr r6, [r2, r6]
124  5904       ldr r4, [r0, r4]
126  695f       ldr r7, [r3, #0x14]
128  406c       eors r4, r5
12a  4074       eors r4, r6
12c  407c       eors r4, r7
12e  ea0c 2554  and.w r5, ip, r4, lsr #9                           ; word 5
132  ea0c 5614  and.w r6, ip, r4, lsr #20
136  ea0c 0484  and.w r4, ip, r4, lsl #2
13a  594d       ldr r5, [r1, r5]
13c  5996       ldr r6, [r2, r6]
13e  5904       ldr r4, [r0, r4]
140  699f       ldr r7, [r3, #0x18]
142  406c       eors r4, r5
144  4074       eors r4, r6
146  407c       eors r4, r7
148  ea0c 2554  and.w r5, ip, r4, lsr #9                           ; word 6
14c  ea0c 5614  and.w r6, ip, r4, lsr #20
150  ea0c 0484  and.w r4, ip, r4, lsl #2
154  594d       ldr r5, [r1, r5]
156  5996       ldr r6, [r2, r6]
158  5904       ldr r4, [r0, r4]
15a  69df       ldr r7, [r3, #0x1c]
15c  406c       eors r4, r5
15e  4074       eors r4, r6
160  407c       eors r4, r7
162  ea0c 2554  and.w r5, ip, r4, lsr #9                           ; word 7
166  ea0c 5614  and.w r6, ip, r4, lsr #20
16a  ea0c 0484  and.w r4, ip, r4, lsl #2
16e  594d       ldr r5, [r1, r5]
170  5996       ldr r6, [r2, r6]
172  5904       ldr r4, [r0, r4]
174  406c       eors r4, r5
176  4074       eors r4, r6
178  3320       adds r3, #0x20
17a  4573       cmp r3, lr                                         ; turned:
17c  d194       bne #0xa8
17e  eba8 0e03  sub.w lr, r8, r3
182  f02e 0e03  bic lr, lr, #3
186  449e       add lr, r3                                         ; LR: the end of the last whole word
188  e00d       b #0x1a6
18a  681f       ldr r7, [r3]                                       ; word:
18c  3304       adds r3, #4
18e  407c       eors r4, r7
190  ea0c 2554  and.w r5, ip, r4, lsr #9
194  ea0c 5614  and.w r6, ip, r4, lsr #20
198  ea0c 0484  and.w r4, ip, r4, lsl #2
19c  594d       ldr r5, [r1, r5]
19e  5996       ldr r6, [r2, r6]
1a0  5904       ldr r4, [r0, r4]
1a2  406c       eors r4, r5
1a4  4074       eors r4, r6
1a6  4573       cmp r3, lr                                         ; worded:
1a8  d1ef       bne #0x18a
1aa  e766       b #0x7a
1ac  43e4       mvns r4, r4                                        ; finish:
1ae  f84b 4b04  str r4, [fp], #4
1b2  e756       b #0x62
1b4  f8d9 5000  ldr.w r5, [sb]                                     ; done: the count turns over to say so
1b8  43ed       mvns r5, r5
1ba  f8c9 5000  str.w r5, [sb]
1be  f20f 0c08  addw ip, pc, #8
1c2  e89c 8ff0  ldm.w ip, {r4, r5, r6, r7, r8, sb, sl, fp, pc}     ; return, on the breakpoint
1c6  bf00       nop
"""
"""Offset, code, instruction as capstone prints it, comment; sb, sl, fp and ip are R9 to R12."""
