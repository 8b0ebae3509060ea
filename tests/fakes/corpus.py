"""Addresses and URLs that are tried wherever a URL may be given: public ones, internal ones, and disguises of these."""

# ruff: noqa: RUF001 - signs that look like others are what is tried


def words(text: str) -> list[str]:
    """Give the words of a table."""
    return text.split()


PUBLIC = words("""
    1.0.0.0 1.1.1.1 8.8.8.8 9.9.9.9 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 140.82.121.3
    168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0
    192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255
    198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255
    2000:: 2001:200:: 2001:4860:4860::8888 2001:db7:ffff:: 2001:db9:: 2003:: 2400:cb00:: 2606:4700:4700::1111
    2620:fe::fe 2a00:1450:4001:830::200e 3ffd:: 3fff:1000::
    ::ffff:8.8.8.8 ::8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1 2001:0:808:808::f7f7:f7f7
""")

# The ends of every network that is not public, and what clouds keep there.
NOT_PUBLIC_V4 = words("""
    0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.100.100.200 100.127.255.255 127.0.0.0 127.0.0.1
    127.255.255.255 168.63.129.16 169.254.0.0 169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0
    192.0.0.192 192.0.0.255 192.0.2.0 192.0.2.255 192.88.99.0 192.88.99.255 192.168.0.0 192.168.255.255 198.18.0.0
    198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 224.0.0.0 239.255.255.255 240.0.0.0
    255.255.255.255
""")

# Unspecified, loopback, discarded, local, site-local, multicast, not given out; protocols, benchmarks, documentation.
NOT_PUBLIC_V6 = words("""
    :: ::1 100:: 100::1 100:0:0:1:: fc00:: fd00:ec2::254 fd20:ce::254 fdff:ffff:: fe80:: fe80::1 fe80::1%1 febf:ffff::
    fec0:: feff:ffff:: ff00:: ff02::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 1fff:ffff:: 4000:: 5f00:: 8000:: 200::1
    2001:1::1 2001:2:: 2001:3:: 2001:4:112:: 2001:10:: 2001:20:: 2001:30:: 2001:1ff:ffff:: 2001:db8:: 2001:db8:ffff::
    3ffe:: 3fff:: 3fff:fff:ffff::
""")

# Mapped, compatible, translated, 6to4 and Teredo.
CARRYING = words("""
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0.0.0.0 ::127.0.0.1 ::10.0.0.1 ::ffff:0:8.8.8.8
    64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:0:1:: 64:ff9b:1::8.8.8.8 64:ff9b:1::10.0.0.1
    2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe:: 2002:c0a8:101::
    2001:0:808:808::80ff:fffe 2001:0:808:808::f5ff:fffe 2001:0:7f00:1::f7f7:f7f7 2001:0:a00:1::f7f7:f7f7
""")

# Ways to write 127.0.0.1, ::1 or an address that leads to them, as a host.
LOOPBACK = words("""
    127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0X7F.1 0x7f.0x0.0x0.0x1 017700000001 0177.0.0.1 0177.0x0.0.01
    00000177.1 127.0.0.1. 127.1. １２７.０.０.１ 127。0。0。1 ①②⑦.⓪.⓪.①
    [::1] [0:0:0:0:0:0:0:1] [::0.0.0.1] [::ffff:127.0.0.1] [::FFFF:7f00:1] [0::ffff:7f00:0001]
""")

# Hosts in other places that may not be reached; a server that listened on all addresses would take some of them.
INTERNAL = words("""
    0 0.0.0.0 0x0 [::] [::ffff:0.0.0.0] 127.0.0.3 127.255.255.254 169.254.169.254 0xa9fea9fe
    [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::127.0.0.1] [2002:7f00:1::]
    [2001:0:808:808::80ff:fffe] [2001:0:7f00:1::f7f7:f7f7] [fe80::1] [fec0::1] [fd00:ec2::254] [ff02::1]
    10.0.0.1 012.1 100.100.100.200 172.16.0.1 192.168.0.1 192.0.0.192 168.63.129.16 224.0.0.1 255.255.255.255
    [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [64:ff9b::a9fe:a9fe] [2002:a9fe:a9fe::1]
""")

# Texts that some reader of URLs would take for a way to a port of 127.0.0.1.
MALFORMED = (
    "http://a@127.0.0.1:{port}/",
    "http://8.8.8.8:80@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@8.8.8.8/",
    "http://8.8.8.8\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "http:/\\127.0.0.1:{port}",
    "http://127.1\\:{port}/",
    "http:127.0.0.1:{port}",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}",
    "http:///127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127%2e0.0.1:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[::1%lo]:{port}/",
    "http://127.0.0.1:{port}/\r\nHost: a",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1 :{port}/",
    " http://127.0.0.1:{port}",
    "http://127.0.0.1\0.example:{port}/",
    "http://127.0.0.1:{port}\n/",
    "http://\u200b127.0.0.1:{port}/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1:+{port}/",
    "http://127.0.0.1:０{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_a",
    "ws://127.0.0.1:{port}/",
    "tcp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "data:image/png;base64,AAAA",
    "unix:///run/a.sock",
    "dict://127.0.0.1:{port}/",
    "ldap://127.0.0.1:{port}",
    "http://127.0.0.1／:{port}/",
    "http://8.8.8.8＠127.0.0.1:{port}/",
    "http://127.0.0.1：{port}/",
    "http://127.0.0.1.1:{port}/",
)

# Texts of which none is a plain URL: other schemes, no host or none that can be, user names, ports, percent-encoding.
NO_URLS = words(r"""
    https https: https:/ https:a https:/a/b //example.com/ example.com /a
    ftp://a/ file:///etc/passwd gopher://a:25/_x data:image/png;base64,AA javascript:1 ws://a/ unix:///run/a
    jar:https://a!/ httpss://a/ http+unix://a/ ｈttps://a/
    https:// https:///a https://?a https://#a https://:80/ https://./ https://../ https://.a/ https://a..b/ https://a../
    https://*/ https://a|b/ https://a,b/ https://{a}/ https://a^b/ https://a;b/ https://a"b/ https://xn--a-é/
    https://1.2.3.4.5/ https://256.256.256.256/ https://a.08/ https://08/ https://a.0x/ https://1.2.3.0x/
    https://[::1 https://::1/ https://[::1]a/ https://a[::1]/ https://[]/ https://[g::]/ https://[127.0.0.1]/
    https://[v1.a]/ https://[fe80::1%25lo]/ https://[fe80::1%lo]/ https://[[::1]]/
    https://a@b/ https://a:b@c/ https://@b/ https://8.8.8.8:1@127.0.0.1/ https://a@b@c/ https://:@a/
    https://a.example／@b/ https://a.example＠b/ https://a.example：80/ https://a.example？.b/ https://a.example＃.b/
    https://%31/ https://ex%61mple.com/ https://a%40b/ https://a%2fb/ https://a%00b/ https://a%0d%0a/
    https://a\b/ https:\\a\b https://a\@b/ https://a/\b https:/\a/ https://a?\
    https://a:0/ https://a:00/ https://a:65536/ https://a:99999/ https://a:-1/ https://a:+1/ https://a:1_0/
    https://a:4４3/ https://a:80:80/ https://a:b/ https://a:0x50/ https://a:000443/
""")
# More of them, with signs that part words or show nothing.
NO_URLS += [
    "",
    " https://a/",
    "https\n://a/",
    "https://a b/",
    "https://a/ b",
    "https://a /",
    "https://a\r\n/",
    "https://a/\r\nHost: b",
    "https://a/?\n",
    "https://a/\t",
    "https://a/\0",
    "https://a/\x7f",
    "https://a/\xa0",
    "https://a/\u2028",
    "https://a/\u202e",
    "https://a/\ud800",
    "https://\xad/",
    "https://\u200b/",
    "https://a\u2024\u2024b/",
    "https://" + "a" * 64 + ".com/",
    "https://" + "a." * 127 + "com/",
]
