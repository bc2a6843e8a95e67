"""The table of municipalities is read as people make it; what is wrong in it is one line."""

from pathlib import Path

import pytest

from bot.config.file import ConfigurationError, load
from bot.config.keys import Configuration
from bot.config.municipalities import read

LEAST = """\
homeserver: https://matrix.example.ch/
user_id: "@pibot:example.ch"
password: geheim geheim
municipalities: gemeinden.csv
"""
TABLE = "name;district;population\nAesch;Arlesheim;10'237\nRünenberg;Sissach;791\n"
ROWS = [("Aesch", "Arlesheim", 10_237), ("Rünenberg", "Sissach", 791)]


def configured(folder: Path) -> Configuration:
    config = folder / "config.yaml"
    config.touch(mode=0o600)
    config.write_text(LEAST, encoding="utf-8")
    return load(config, {})


@pytest.mark.parametrize(
    "raw",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("cp1252"),
        TABLE.encode("utf-16"),
        TABLE.replace(";", ",").encode(),
        TABLE.replace(";", "\t").encode("utf-16"),
        TABLE.replace("\n", "\r\n").encode("cp1252"),
        TABLE.replace("'", "’").encode("cp1252"),
        TABLE.replace("'", "").encode(),
        TABLE.replace("'", ".").encode(),
        TABLE.replace("'", "\u202f").encode(),
        TABLE.replace("10'237", '"10,237"').replace(";", ",").encode(),
        TABLE.replace("791", "791.0").encode(),
        f"sep=;\n{TABLE}".encode(),
        TABLE.replace("name;district;population", "Gemeinde;Bezirk;Einwohner").encode(),
        "bfs;Name ; DISTRICT;population\n2761;Aesch;Arlesheim;10237\n;Rünenberg;Sissach;791\n".encode(),
        f"\n{TABLE};;\n\n".replace("Aesch", '" Aesch "').encode(),
    ],
)  # fmt: skip
def test_the_municipalities_are_read_as_people_write_them(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "gemeinden.csv").write_bytes(raw)
    assert [tuple(row) for row in read(configured(tmp_path).municipalities)] == ROWS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected a file with the columns name, district, population; {} is empty"),
        ("name;population\nAesch;1\n", "the columns name, district, population; {}, line 1 has others"),
        ("name;district;population\n", "expected at least one municipality in {}"),
        (TABLE + "Laufen;Laufen;viele\n", "a number such as 10237 or 10'237 as population in {}, line 4"),
        (TABLE + "Laufen;Laufen;-5\n", "as population in {}, line 4"),
        (TABLE + "Laufen;Laufen;5.5\n", "as population in {}, line 4"),
        (TABLE + "Laufen\n", "expected a district in {}, line 4"),
        (TABLE + ";Laufen;5\n", "expected a name in {}, line 4"),
        (TABLE + "\naesch;Laufen;5\n", "expected aesch once; {}, line 5 has it again after line 2"),
        ("PK\x03\x04\x00\x81", "the columns name, district, population; {}"),
    ],
)
def test_a_table_that_can_t_be_read_is_one_line(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "gemeinden.csv"
    path.write_bytes(text.encode("latin-1" if "\x81" in text else "utf-8"))
    with pytest.raises(ConfigurationError) as caught:
        configured(tmp_path)
    [told] = caught.value.lines
    assert told.startswith(f"{tmp_path}/config.yaml, line 4: municipalities: expected ")
    assert expected.format(path) in told
