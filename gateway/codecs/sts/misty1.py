"""MISTY1 (RFC 2994), the block cipher that STS knows as encryption algorithm 11.

The theory behind the speed: FI, the 16-bit function in the heart of MISTY1, is S9, S7, key, S9. What comes
before the key and what comes after it do not depend on the key, so each half is one table of 65,536 words and
FI(x, k) is ``second[first[x] ^ k]``. Two arrays of 128 KiB stay in a processor's cache, where the same
tables as Python lists (2.5 MB each) do not: the arrays were measured one and a half times as fast, and on
Python 3.13 twice. They are built once, at the first key.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

KEY_OCTETS = 16
"""MISTY1 knows one key length, 128 bits (RFC 2994, 2)."""

# S7 and S9 of RFC 2994, 2.2 as text: they are turned into tables when the first key is scheduled.
_S7 = (
    "27 50 51 90 59 16 23 84 91 26 114 115 107 44 102 73 31 36 19 108 55 46 63 74 93 15 64 86 37 81 28 "
    "4 11 70 32 13 123 53 68 66 43 30 65 20 75 121 21 111 14 85 9 54 116 12 103 83 40 10 126 56 2 7 96 "
    "41 25 18 101 47 48 57 8 104 95 120 42 76 100 69 117 61 89 72 3 87 124 79 98 60 29 33 94 39 106 112 "
    "77 58 1 109 110 99 24 119 35 5 38 118 0 49 45 122 127 97 80 34 17 6 71 22 82 78 113 62 105 67 52 "
    "92 88 125"
)
_S9 = (
    "451 203 339 415 483 233 251 53 385 185 279 491 307 9 45 211 199 330 55 126 235 356 403 472 163 286 "
    "85 44 29 418 355 280 331 338 466 15 43 48 314 229 273 312 398 99 227 200 500 27 1 157 248 416 365 "
    "499 28 326 125 209 130 490 387 301 244 414 467 221 482 296 480 236 89 145 17 303 38 220 176 396 "
    "271 503 231 364 182 249 216 337 257 332 259 184 340 299 430 23 113 12 71 88 127 420 308 297 132 "
    "349 413 434 419 72 124 81 458 35 317 423 357 59 66 218 402 206 193 107 159 497 300 388 250 406 481 "
    "361 381 49 384 266 148 474 390 318 284 96 373 463 103 281 101 104 153 336 8 7 380 183 36 25 222 "
    "295 219 228 425 82 265 144 412 449 40 435 309 362 374 223 485 392 197 366 478 433 195 479 54 238 "
    "494 240 147 73 154 438 105 129 293 11 94 180 329 455 372 62 315 439 142 454 174 16 149 495 78 242 "
    "509 133 253 246 160 367 131 138 342 155 316 263 359 152 464 489 3 510 189 290 137 210 399 18 51 "
    "106 322 237 368 283 226 335 344 305 327 93 275 461 121 353 421 377 158 436 204 34 306 26 232 4 391 "
    "493 407 57 447 471 39 395 198 156 208 334 108 52 498 110 202 37 186 401 254 19 262 47 429 370 475 "
    "192 267 470 245 492 269 118 276 427 117 268 484 345 84 287 75 196 446 247 41 164 14 496 119 77 378 "
    "134 139 179 369 191 270 260 151 347 352 360 215 187 102 462 252 146 453 111 22 74 161 313 175 241 "
    "400 10 426 323 379 86 397 358 212 507 333 404 410 135 504 291 167 440 321 60 505 320 42 341 282 "
    "417 408 213 294 431 97 302 343 476 114 394 170 150 277 239 69 123 141 325 83 95 376 178 46 32 469 "
    "63 457 487 428 68 56 20 177 363 171 181 90 386 456 468 24 375 100 207 109 256 409 304 346 5 288 "
    "443 445 224 79 214 319 452 298 21 6 255 411 166 67 136 80 351 488 289 115 382 188 194 201 371 393 "
    "501 116 460 486 424 405 31 65 13 442 50 61 465 128 168 87 441 354 328 217 261 98 122 33 511 274 "
    "264 448 169 285 432 422 205 243 92 258 91 473 324 502 173 165 58 459 310 383 70 225 30 477 230 311 "
    "506 389 140 143 64 437 190 120 0 172 272 350 292 2 444 162 234 112 508 278 348 76 450"
)

_Round = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Misty1Schedule:
    """A key made ready: the key words in the order of use, with the two FI tables beside them."""

    first: array[int]
    second: array[int]
    rounds: tuple[_Round, ...]
    last: tuple[int, int, int, int]

    ea: ClassVar[str] = "11"

    def encrypt(self, block: int) -> int:
        """Return the 64-bit ``block`` enciphered: four double rounds and a last FL layer (RFC 2994, 2.3).

        The double round is written out with plain local variables, because a token is sold at every call.
        """
        first, second = self.first, self.second
        # The halves D0 and D1 of the RFC are kept as the 16-bit words d0h d0l and d1h d1l.
        d0h, d0l, d1h, d1l = block >> 48, block >> 32 & 0xFFFF, block >> 16 & 0xFFFF, block & 0xFFFF
        for la, lo, ma, mo, a0, a1, a2, a3, i0, i1, i2, b0, b1, b2, b3, j0, j1, j2 in self.rounds:
            d0l ^= d0h & la
            d0h ^= d0l | lo
            d1l ^= d1h & ma
            d1h ^= d1l | mo
            t = second[first[d0h ^ a0] ^ i0] ^ d0l
            u = second[first[d0l ^ a1] ^ i1] ^ t
            d1l ^= second[first[t ^ a2] ^ i2] ^ u
            d1h ^= u ^ a3
            t = second[first[d1h ^ b0] ^ j0] ^ d1l
            u = second[first[d1l ^ b1] ^ j1] ^ t
            d0l ^= second[first[t ^ b2] ^ j2] ^ u
            d0h ^= u ^ b3
        la, lo, ma, mo = self.last
        d0l ^= d0h & la
        d0h ^= d0l | lo
        d1l ^= d1h & ma
        d1h ^= d1l | mo
        # The RFC gives the halves out exchanged.
        return d1h << 48 | d1l << 32 | d0h << 16 | d0l

    def decrypt(self, block: int) -> int:
        """Return the 64-bit ``block`` deciphered: the steps of ``encrypt``, backwards."""
        first, second = self.first, self.second
        d1h, d1l, d0h, d0l = block >> 48, block >> 32 & 0xFFFF, block >> 16 & 0xFFFF, block & 0xFFFF
        la, lo, ma, mo = self.last
        d1h ^= d1l | mo
        d1l ^= d1h & ma
        d0h ^= d0l | lo
        d0l ^= d0h & la
        for la, lo, ma, mo, a0, a1, a2, a3, i0, i1, i2, b0, b1, b2, b3, j0, j1, j2 in reversed(self.rounds):
            t = second[first[d1h ^ b0] ^ j0] ^ d1l
            u = second[first[d1l ^ b1] ^ j1] ^ t
            d0l ^= second[first[t ^ b2] ^ j2] ^ u
            d0h ^= u ^ b3
            t = second[first[d0h ^ a0] ^ i0] ^ d0l
            u = second[first[d0l ^ a1] ^ i1] ^ t
            d1l ^= second[first[t ^ a2] ^ i2] ^ u
            d1h ^= u ^ a3
            d1h ^= d1l | mo
            d1l ^= d1h & ma
            d0h ^= d0l | lo
            d0l ^= d0h & la
        return d0h << 48 | d0l << 32 | d1h << 16 | d1l

    def __repr__(self) -> str:
        """Show no key word."""
        return "Misty1Schedule(****)"


def key_schedule(key: bytes) -> Misty1Schedule:
    """Return the schedule of a 128-bit ``key`` (RFC 2994, 2.1); another length is refused (ValueError)."""
    if len(key) != KEY_OCTETS:
        msg = f"a MISTY1 key has {KEY_OCTETS} octets, not {len(key)}"
        raise ValueError(msg)
    first, second = _fi_tables()
    plain = [int.from_bytes(key[at : at + 2], "big") for at in range(0, KEY_OCTETS, 2)]
    mixed = [second[first[plain[i]] ^ plain[(i + 1) % 8]] for i in range(8)]
    rounds = tuple(
        (
            *_fl_words(plain, mixed, pair),
            *_fo_words(plain, mixed, 2 * pair),
            *_fo_words(plain, mixed, 2 * pair + 1),
        )
        for pair in range(4)
    )
    return Misty1Schedule(first, second, rounds, _fl_words(plain, mixed, 4))


def _fl_words(plain: list[int], mixed: list[int], pair: int) -> tuple[int, int, int, int]:
    """Return the and-word and the or-word of both FL functions that open a double round (RFC 2994, 2.2)."""
    return plain[pair], mixed[(pair + 6) % 8], mixed[(pair + 2) % 8], plain[(pair + 4) % 8]


def _fo_words(plain: list[int], mixed: list[int], turn: int) -> tuple[int, int, int, int, int, int, int]:
    """Return the four words FO adds and the three its FI functions take (RFC 2994, 2.2)."""
    added = plain[turn], plain[(turn + 2) % 8], plain[(turn + 7) % 8], plain[(turn + 4) % 8]
    return (*added, mixed[(turn + 5) % 8], mixed[(turn + 1) % 8], mixed[(turn + 3) % 8])


@cache
def _fi_tables() -> tuple[array[int], array[int]]:
    """Return the parts of FI before and after its key word, each for all 65,536 inputs (RFC 2994, 2.2)."""
    s7 = [int(word) for word in _S7.split()]
    s9 = [int(word) for word in _S9.split()]
    first = array("H")
    second = array("H")
    for word in range(0x10000):
        nine = s9[word >> 7] ^ word & 0x7F
        first.append((s7[word & 0x7F] ^ nine & 0x7F) << 9 | nine)
        second.append(word & 0xFE00 | s9[word & 0x1FF] ^ word >> 9)
    return first, second
