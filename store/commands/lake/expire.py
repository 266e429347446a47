"""End old versions of a lake, except those of pins."""

import click

from store.address import Address


@click.command()
@click.option("--keep", type=click.IntRange(1), help="Keep so many of the latest versions.")
@click.option("--older-than-days", type=click.FloatRange(0), help="Keep what is younger.")
@click.option("--grace-hours", type=click.FloatRange(0), default=24.0, show_default=True, help="Keep files for so long.")
@click.option("--dry-run", is_flag=True, help="Only say which would end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def expire(
    address: Address, keep: int | None, older_than_days: float | None, grace_hours: float, dry_run: bool, as_json: bool
) -> None:
    """End versions, and give back the space of what only they had. The current one and those of pins stay for ever.

    \b
    Example:
      t2s lake expire --older-than-days 90 --dry-run
    """
    from datetime import timedelta

    import store
    from store import output

    if keep is None and older_than_days is None:
        raise click.UsageError("Say which versions to keep, with --keep or --older-than-days.")
    age = None if older_than_days is None else timedelta(days=older_than_days)
    with store.open(address, create=False) as lake:
        done = lake.expire(keep=keep, older_than=age, grace=timedelta(hours=grace_hours), dry_run=dry_run)
    if as_json:
        output.json_line(done._asdict())
        return
    verb = "would end" if dry_run else "ended"
    click.echo(f"{len(done.versions):,} versions {verb}; {done.deleted:,} files deleted.")
    for version, pins in done.kept_for.items():
        output.note(f"version {version} stays for {', '.join(pins)}")
