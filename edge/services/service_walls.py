"""What the unit's own Wi-Fi lets through: an address by DHCP and the page, and nothing else."""

from typing import Final

TABLE: Final = "inet edge_service"


def rules(interface: str, address: str, port: int) -> str:
    """Return the rules for ``nft -f -``; loaded again they take the place of the earlier ones.

    They stand before whatever other tables say: what is dropped here is dropped. Nothing is passed
    on, whoever has switched forwarding on; the unit itself begins nothing there.

    Args:
        interface: of the access point; other devices are left to other rules.
        address: of the unit there.
        port: of the technician's page.
    """
    return f"""\
table {TABLE}
delete table {TABLE}
table {TABLE} {{
    chain input {{
        type filter hook input priority -10; policy accept;
        iifname != "{interface}" accept
        ct state established,related accept
        ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept
        ip daddr {{ {address}, 255.255.255.255 }} udp dport 67 accept
        ip daddr {address} tcp dport {port} accept
        counter drop
    }}
    chain forward {{
        type filter hook forward priority -10; policy accept;
        iifname "{interface}" counter drop
        oifname "{interface}" counter drop
    }}
    chain output {{
        type filter hook output priority -10; policy accept;
        oifname != "{interface}" accept
        ct state established,related accept
        udp sport 67 udp dport 68 accept
        counter drop
    }}
}}
"""
