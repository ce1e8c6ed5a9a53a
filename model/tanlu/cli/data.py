"""Commands about the data of a region: check a pack, and compare the model's past with the statistics."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import (
    FAILED,
    WRONG_INPUT,
    LanguageOption,
    cannot_write,
    examples_text,
    language_of_environment,
    open_console,
)
from tanlu.core.words import text
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.region.catalogue import DEFAULT_REGION

if TYPE_CHECKING:
    from tanlu.evaluation.region_check import Report
    from tanlu.evaluation.tables import Backtest

# Each command's examples; its help shows them and the tests run them.
EXAMPLES = {
    "region check": ("tanlu region check chengyu", "tanlu region check chengyu --backtest"),
    "region new": (
        "tanlu region new my_region",
        "tanlu region new my_region --province Shandong=山东 --province Hebei=河北",
        "tanlu region new my_region --province Shandong=山东 --minimal",
    ),
    "region seal": ("tanlu region seal my_region",),
    "region describe": ("tanlu region describe chengyu",),
    "backtest power": (
        "tanlu backtest power",
        "tanlu backtest power --frozen 2020",
        "tanlu backtest power --frozen 2020 --free",
    ),
    "backtest growth": ("tanlu backtest growth", "tanlu backtest growth --frozen 2020"),
    "backtest fits": ("tanlu backtest fits", "tanlu backtest fits --frozen 2020"),
    "backtest industry": ("tanlu backtest industry", "tanlu backtest industry --csv industry.csv"),
    "backtest vehicles": ("tanlu backtest vehicles", "tanlu backtest vehicles --csv vehicles.csv"),
    "backtest finance": ("tanlu backtest finance", "tanlu backtest finance --csv finance.csv"),
    "backtest carbon": ("tanlu backtest carbon", "tanlu backtest carbon --csv carbon.csv"),
    "backtest co2": ("tanlu backtest co2", "tanlu backtest co2 --region chengyu --strict"),
}

region_app = typer.Typer(help="Region packs: the data behind a region.", no_args_is_help=True)
backtest_app = typer.Typer(help="The model's past against the statistics.", no_args_is_help=True)

RegionOption = Annotated[str, typer.Option("--region", help="Name of the region pack.")]
CsvOption = Annotated[Path | None, typer.Option("--csv", help="Also write every row to this file.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Fail if a figure lies beyond its bound.")]
FrozenOption = Annotated[
    int | None, typer.Option("--frozen", help="Forecast later years from what was known of this one.")
]


@region_app.command("check", epilog=examples_text(EXAMPLES["region check"]))
def region_check(
    name: Annotated[str, typer.Argument(help="Name of the region pack, or its folder.")],
    backtest: Annotated[
        bool, typer.Option("--backtest", help="Also run the past of a sound pack; misses are shown.")
    ] = False,
    *,
    lang: LanguageOption,
) -> None:
    """Check a region pack: types, limits, gaps, duplicates, odd figures, deviations from official statistics."""
    from tanlu.evaluation.region_check import check_region

    checked = check_region(name, lang.value)
    _show(checked)
    if backtest and checked.ok:
        from tanlu.evaluation.power import backtest_power
        from tanlu.evaluation.tables import backtest_co2

        for run in (backtest_co2, backtest_power):
            _show(run(name).report)
    if not checked.ok:
        raise typer.Exit(FAILED if checked.usable else WRONG_INPUT)


@region_app.command("new", epilog=examples_text(EXAMPLES["region new"]))
def region_new(
    folder: Annotated[Path, typer.Argument(help="Folder to make; its name becomes that of the pack.")],
    provinces: Annotated[
        list[str] | None,
        typer.Option("--province", help="Name of a province, as often as there are any: Shandong=山东."),
    ] = None,
    *,
    minimal: Annotated[
        bool, typer.Option("--minimal", help="Leave out every table that a region can do without.")
    ] = False,
) -> None:
    """Make a small region pack of made-up provinces that runs, to be filled with the data of a region of your own."""
    from tanlu.region.new_pack import NewProvince, make_pack, template_provinces

    new_provinces = [NewProvince.from_text(text) for text in provinces or ()]
    make_pack(folder, new_provinces, is_minimal=minimal)
    names = ", ".join(province.name for province in new_provinces or template_provinces())
    typer.echo(f"{folder} holds a pack that runs, with made-up figures of {names}. Next:")
    typer.echo(f"1. write names and years into {folder / 'region.yaml'}, words.yaml and backtests.yaml;")
    typer.echo(
        "2. put your figures into the tables, each row with a source of sources.csv and a grade from A to D;"
    )
    typer.echo(f"3. run `tanlu region check {folder}` until it finds no problem;")
    typer.echo(
        f"4. write `region: {folder}` into a scenario, the path counted from its file, and `tanlu run` it;"
    )
    typer.echo(f"5. when its figures stay as they are, `tanlu region seal {folder}`.")


@region_app.command("seal", epilog=examples_text(EXAMPLES["region seal"]))
def region_seal(folder: Annotated[Path, typer.Argument(help="Folder of the pack.")]) -> None:
    """Write SHA256SUMS, the digest of each file of a pack: what is changed later is refused."""
    from tanlu.region.checks.seal import seal_pack

    typer.echo(f"{seal_pack(folder)} written: runs refuse the pack once a file of it is changed.")


@region_app.command("describe", epilog=examples_text(EXAMPLES["region describe"]))
def region_describe(
    name: Annotated[str, typer.Argument(help="Name of the region pack, or its folder.")],
) -> None:
    """Print the datapackage.json of a pack: its tables, their columns with types and limits, and their keys."""
    import json

    from tanlu.region.checks.descriptor import data_package

    typer.echo(json.dumps(data_package(name), indent=1, ensure_ascii=False))


@backtest_app.command("power", epilog=examples_text(EXAMPLES["backtest power"]))
def power(
    region: RegionOption = DEFAULT_REGION,
    csv: CsvOption = None,
    strict: StrictOption = False,
    frozen: FrozenOption = None,
    free: Annotated[
        bool, typer.Option("--free", help="With --frozen: forecast demand, capacity and water too.")
    ] = False,
) -> None:
    """Clear every past year with observed load, capacity, water and contracts, and show what misses."""
    from tanlu.evaluation.hindcast import backtest_frozen
    from tanlu.evaluation.power import backtest_power

    if frozen is not None:
        _finish(backtest_frozen(region, frozen, free), csv, strict)
    elif free:
        raise UserError(build_message("free_needs_frozen"))
    else:
        _finish(backtest_power(region), csv, strict)


@backtest_app.command("growth", epilog=examples_text(EXAMPLES["backtest growth"]))
def growth(
    region: RegionOption = DEFAULT_REGION,
    csv: CsvOption = None,
    strict: StrictOption = False,
    frozen: FrozenOption = None,
) -> None:
    """Fit how fast wind and sun grow, and forecast the last statistic with what was known of an earlier year."""
    from tanlu.evaluation.growth import backtest_growth

    _finish(backtest_growth(region, frozen), csv, strict)


@backtest_app.command("fits", epilog=examples_text(EXAMPLES["backtest fits"]))
def fits(
    region: RegionOption = DEFAULT_REGION,
    csv: CsvOption = None,
    strict: StrictOption = False,
    frozen: FrozenOption = None,
) -> None:
    """Fit again what is fitted of electricity, to all years and to those known at a date, next to the pack's rows."""
    from tanlu.evaluation.fits import backtest_fits

    _finish(backtest_fits(region, frozen), csv, strict)


@backtest_app.command("co2", epilog=examples_text(EXAMPLES["backtest co2"]))
def co2(region: RegionOption = DEFAULT_REGION, csv: CsvOption = None, strict: StrictOption = False) -> None:
    """Run the baseline's first years and compare its CO2 with the inventory."""
    from tanlu.evaluation.tables import backtest_co2

    _finish(backtest_co2(region), csv, strict)


@backtest_app.command("industry", epilog=examples_text(EXAMPLES["backtest industry"]))
def industry(
    region: RegionOption = DEFAULT_REGION, csv: CsvOption = None, strict: StrictOption = False
) -> None:
    """Compare output times process factors with the inventory of industry and transport since 2015."""
    from tanlu.evaluation.industry import backtest_industry

    _finish(backtest_industry(region), csv, strict)


@backtest_app.command("vehicles", epilog=examples_text(EXAMPLES["backtest vehicles"]))
def vehicles(
    region: RegionOption = DEFAULT_REGION, csv: CsvOption = None, strict: StrictOption = False
) -> None:
    """Compare stock and new-energy share of road vehicles with the statistics."""
    from tanlu.evaluation.vehicles import backtest_vehicles

    _finish(backtest_vehicles(region), csv, strict)


@backtest_app.command("finance", epilog=examples_text(EXAMPLES["backtest finance"]))
def finance(
    region: RegionOption = DEFAULT_REGION, csv: CsvOption = None, strict: StrictOption = False
) -> None:
    """Compare green bonds, loans, lenders and rates with the statistics, and fit again what is fitted of bonds."""
    from tanlu.evaluation.finance import backtest_finance

    _finish(backtest_finance(region), csv, strict)


@backtest_app.command("carbon", epilog=examples_text(EXAMPLES["backtest carbon"]))
def carbon(
    region: RegionOption = DEFAULT_REGION, csv: CsvOption = None, strict: StrictOption = False
) -> None:
    """Find the national carbon price of 2024 and 2025 from what was known by June, next to two simple forecasts."""
    from tanlu.evaluation.carbon import backtest_carbon

    _finish(backtest_carbon(region), csv, strict)


def _finish(backtest: "Backtest", csv: Path | None, strict: bool) -> None:
    _show(backtest.report)
    if csv is not None:
        _write(backtest, csv)
    if strict and not backtest.report.ok:
        raise typer.Exit(FAILED)


def _write(backtest: "Backtest", path: Path) -> None:
    from tanlu.evaluation.tables import write_csv

    try:
        write_csv(backtest.rows, path)
    except OSError as error:
        raise cannot_write(path, error) from None
    typer.echo(text(language_of_environment().value, "command.file_written", {"file": path}))


def _show(report: "Report") -> None:
    console = open_console()
    for part in report.parts():
        console.print(part, markup=False, soft_wrap=isinstance(part, str))
