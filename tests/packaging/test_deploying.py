"""What operators are given to deploy the shop with, checked as far as that can be without running containers."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from storefront.kernel.settings import Settings
from tests.support import tools

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
# Tools of a machine that runs a shop, not of one that tests it.
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
ANALYZE = shutil.which("systemd-analyze")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with what follows each, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def composed() -> dict[str, Any]:
    """The compose file."""
    told: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return told


def test_the_image_is_built_of_the_lock_and_of_all_that_the_wheel_is_made_of() -> None:
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    sources = {source for names in copied for source in names}
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    allowed = re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    ran = [rest for name, rest in instructions() if name == "RUN"]

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sources >= {folder.removesuffix("*") for folder in packed["find"]["include"]}
    assert sources == set(allowed)
    assert any("--require-hashes" in line and "-r requirements.lock" in line for line in ran)
    assert all("--no-index" in line for line in ran if "pip install" in line and "requirements.lock" not in line)


def test_the_image_runs_as_nobody_of_importance_and_says_how_it_is() -> None:
    last = instructions()[max(at for at, (name, _) in enumerate(instructions()) if name == "FROM") :]
    told = dict(last)

    assert told["USER"] not in {"", "root", "0"}
    assert [name for name, _ in last].index("USER") < [name for name, _ in last].index("ENTRYPOINT")
    assert "/healthz" in told["HEALTHCHECK"]
    names = set(re.findall(r"([A-Z_]+)=", told["ENV"])) - {"PATH", "PYTHONUNBUFFERED"}
    assert names <= {name.upper() for name in Settings.model_fields}
    assert told["STOPSIGNAL"] == "SIGTERM"


def test_the_composed_shop_is_two_replicas_on_one_database_with_settings_that_there_are() -> None:
    services = composed()["services"]
    shops = {name: told for name, told in services.items() if told["image"] == "pindan"}
    upstream = (DEPLOY / "nginx" / "replicas-compose.conf").read_text(encoding="utf-8")

    assert len(shops) == 2
    for name, told in shops.items():
        assert set(told["environment"]) <= {field.upper() for field in Settings.model_fields}
        assert told["environment"]["DATABASE_URL"].endswith("@postgres/pindan")
        assert (DEPLOY / told["build"]["context"] / told["build"]["dockerfile"]).exists()
        assert f"server {name}:8080 " in upstream
    mounted = [volume.split(":")[0] for volume in services["nginx"]["volumes"] if volume.startswith("./")]
    assert [name for name in mounted if not (DEPLOY / name).exists()] == ["./tls"]
    named = {volume.split(":")[0] for told in services.values() for volume in told["volumes"] if volume[0] != "."}
    assert named == set(composed()["volumes"])


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    if ANALYZE is None:
        tools.absent("systemd-analyze")
    units = []
    for unit in sorted((DEPLOY / "systemd").iterdir()):
        units.append(tmp_path / unit.name)
        told = unit.read_text(encoding="utf-8").replace("/opt/pindan/bin/pindan", "/bin/true")
        units[-1].write_text(told, encoding="utf-8")

    verified = subprocess.run([ANALYZE, "verify", "--man=no", *units], capture_output=True, check=False, text=True)

    assert [unit.name for unit in units] == ["pindan-backup.service", "pindan-backup.timer", "pindan.service"]
    # Where no systemd runs, some warn of that; what concerns our units names them.
    assert [line for line in verified.stderr.splitlines() if "pindan" in line] == []


@pytest.mark.parametrize("replicas", ["replicas.conf", "replicas-compose.conf"])
def test_nginx_understands_its_configuration(tmp_path: Path, replicas: str) -> None:
    if NGINX is None or shutil.which("openssl") is None:
        tools.absent("nginx with openssl")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    made = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=shop.example")
    subprocess.run(["openssl", "req", *made, "-keyout", key, "-out", certificate], capture_output=True, check=True)
    # Their names are known inside of compose alone.
    upstream = re.sub(r"shop-\d", "127.0.0.1", (DEPLOY / "nginx" / replicas).read_text(encoding="utf-8"))
    (tmp_path / "replicas.conf").write_text(upstream, encoding="utf-8")
    site = (DEPLOY / "nginx" / "pindan.conf").read_text(encoding="utf-8")
    site = site.replace("/etc/nginx/tls", str(tmp_path)).replace("/etc/nginx/pindan-replicas.conf", "replicas.conf")
    # Ports that anybody may listen on; one that is taken does not matter here.
    site = site.replace("listen 80;", "listen 127.0.0.1:8480;").replace("listen 443 ", "listen 127.0.0.1:8443 ")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {tmp_path / kind};\n" for kind in kinds)
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{site}}}\n", encoding="utf-8")

    told = subprocess.run(
        [NGINX, "-t", "-e", tmp_path / "errors", "-p", tmp_path, "-c", whole],
        capture_output=True,
        check=False,
        text=True,
    )

    assert told.returncode == 0, told.stderr
    assert "[warn]" not in told.stderr
