"""PDF files made for tests, by hand: what a page draws is what the test says."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

BOX = "/MediaBox [0 0 612 792]"


def text(x: float, y: float, words: str, *, size: float = 11, bold: bool = False, matrix: str = "1 0 0 1") -> str:
    """Commands that draw words."""
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{'F2' if bold else 'F1'} {size} Tf {matrix} {x} {y} Tm ({escaped}) Tj ET\n"


def lines(x: float, y: float, *words: str, leading: float = 14, size: float = 11, bold: bool = False) -> str:
    """Commands that draw lines under one another."""
    return "".join(text(x, y - at * leading, line, size=size, bold=bold) for at, line in enumerate(words))


PICTURE = "q 600 0 0 700 0 0 cm /Im1 Do Q\n"


def pdf_file(*pages: str | bytes, info: str = "", root: str = "", filters: Sequence[str] = ("/FlateDecode",)) -> bytes:
    """A file with pages of these commands; bytes are taken as already packed."""
    objects: list[bytes] = []

    def add(content: bytes) -> int:
        objects.append(content)
        return len(objects)

    def stream(content: bytes, more: str) -> int:
        return add(f"<< /Length {len(content)} {more} >>\nstream\n".encode() + content + b"\nendstream")

    add(b"")  # the catalogue and the tree of pages are known at the end
    add(b"")
    fonts = [
        add(f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica{face} /Encoding /WinAnsiEncoding >>".encode())
        for face in ("", "-Bold")
    ]
    picture = stream(b"\0", "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8")
    resources = f"<< /Font << /F1 {fonts[0]} 0 R /F2 {fonts[1]} 0 R >> /XObject << /Im1 {picture} 0 R >> >>"
    bare = f"<< /Font << /F1 {fonts[0]} 0 R /F2 {fonts[1]} 0 R >> >>"
    kids = []
    for commands in pages:
        packed = commands if isinstance(commands, bytes) else zlib.compress(commands.encode("cp1252"))
        content = stream(packed, f"/Filter [{' '.join(filters)}]")
        used = resources if isinstance(commands, str) and "/Im1" in commands else bare
        kids.append(add(f"<< /Type /Page /Parent 2 0 R {BOX} /Resources {used} /Contents {content} 0 R >>".encode()))
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {root} >>".encode()
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    made = bytearray(b"%PDF-1.7\n")
    places = []
    for number, held in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + held + b"\nendobj\n"
    table = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    trailer = f"/Size {len(objects) + 1} /Root 1 0 R {f'/Info << {info} >>' if info else ''}"
    made += f"trailer\n<< {trailer} >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(made)
