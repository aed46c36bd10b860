"""Word documents made for tests, part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive, the same for the same parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 2, 9, 0, 0)), content, compress_type=zipfile.ZIP_DEFLATED)
    return made.getvalue()


def element(name: str, content: str) -> str:
    """A part with one root element and all name spaces."""
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{name} {SPACES}>{content}</w:{name}>'


def relations(**targets: str) -> str:
    """The relationships of a part: id -> target."""
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    kinds = "".join(f'<Relationship Id="{key}" Type="{RELATIONS}/{key}" Target="{to}"/>' for key, to in targets.items())
    return f'<Relationships xmlns="{space}">{kinds}</Relationships>'


def word_file(body: str, **parts: str | bytes) -> bytes:
    """A Word document with this body; parts are named as files under `word`, without their ending."""
    return packed(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": relations(officeDocument="word/document.xml"),
            "word/document.xml": element("document", f"<w:body>{body}</w:body>"),
            **{f"word/{name}.xml": content for name, content in parts.items()},
        }
    )


def run(text: str, properties: str = "") -> str:
    """A run of text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(text: str, properties: str = "", of_run: str = "") -> str:
    """A paragraph of one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(text, of_run)}</w:p>"


def listed(text: str, list_id: int, level: int = 0) -> str:
    """A paragraph in a list."""
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')


def level(number: int, form: str, text: str, more: str = "") -> str:
    """One level of a list's pattern."""
    return f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def numbering(*patterns: str, lists: Mapping[int, int], overrides: Mapping[int, str] | None = None) -> str:
    """The part with the lists: list id -> pattern."""
    made = "".join(
        f'<w:abstractNum w:abstractNumId="{number}">{content}</w:abstractNum>' for number, content in enumerate(patterns)
    )
    for list_id, pattern in lists.items():
        override = (overrides or {}).get(list_id, "")
        made += f'<w:num w:numId="{list_id}"><w:abstractNumId w:val="{pattern}"/>{override}</w:num>'
    return element("numbering", made)


def style(key: str, name: str, more: str = "") -> str:
    """A paragraph style."""
    return f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/>{more}</w:style>'
