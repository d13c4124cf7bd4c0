import pytest

from gateway.codecs.sts.cipher import TablesMissing, cipher_of
from gateway.codecs.sts.sta import SAMPLE_TABLES


def test_each_algorithm_has_its_cipher():
    # RFC 2994, appendix A, and the worked example of the sample tables.
    misty1 = cipher_of("11", bytes.fromhex("00112233445566778899aabbccddeeff"))
    sta = cipher_of("07", bytes.fromhex("0abc12def3456789"), SAMPLE_TABLES)
    assert misty1.encrypt(0x0123456789ABCDEF) == 0x8B1DA5F56AB3D07C
    assert sta.encrypt(0x0B19EB230100C207) == 0xC45ED1619406DF95
    assert (misty1.ea, sta.ea) == ("11", "07")


def test_ea07_without_tables_is_refused():
    with pytest.raises(TablesMissing, match="the operator's file"):
        cipher_of("07", bytes(8))


@pytest.mark.parametrize("ea", ["09", "", "7"])
def test_another_algorithm_is_refused(ea):
    with pytest.raises(ValueError, match="known here are 07 and 11"):
        cipher_of(ea, bytes(16), SAMPLE_TABLES)


@pytest.mark.parametrize(("ea", "octets"), [("07", 16), ("11", 8)])
def test_a_key_of_the_other_algorithm_is_refused(ea, octets):
    with pytest.raises(ValueError, match=f"octets, not {octets}$"):
        cipher_of(ea, bytes(octets), SAMPLE_TABLES)
