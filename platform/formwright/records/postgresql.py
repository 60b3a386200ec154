"""Functions that PostgreSQL gets by a migration, so that rules in SQL answer there as everywhere else.

Numbers are rounded to 34 significant digits, half away from zero, as the rule language does; what is out of range is
NULL. Texts fold by Unicode whatever the locale of the database. Who changes one adds a migration that calls `create` again.
"""

from __future__ import annotations

from sqlalchemy import Connection


def _sql(signature: str, result: str, body: str) -> str:
    head = f"CREATE OR REPLACE FUNCTION {signature} RETURNS {result} IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql"
    return f"{head} AS $fw$ {body} $fw$"


def _plpgsql(signature: str, result: str, body: str) -> str:
    head = f"CREATE OR REPLACE FUNCTION {signature} RETURNS {result} IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql"
    return f"{head} AS $fw$ {body} $fw$"


FUNCTIONS = (
    _plpgsql("fw_exact(x numeric)", "numeric", """
        DECLARE whole numeric; digits integer;
        BEGIN
          whole := trunc(abs(x));
          IF whole >= 1e61 THEN RETURN NULL; END IF;
          IF whole > 0 THEN
            digits := length(whole::text);
            RETURN CASE WHEN digits + scale(x) <= 34 THEN x ELSE round(x, 34 - digits) END;
          END IF;
          IF scale(x) <= 34 THEN RETURN x; END IF;
          digits := length(ltrim(split_part(x::text, '.', 2), '0'));
          RETURN CASE WHEN digits <= 34 THEN x ELSE round(x, scale(x) - digits + 34) END;
        END"""),
    _plpgsql("fw_divide(x numeric, y numeric)", "numeric", """
        BEGIN
          IF y = 0 THEN RETURN NULL; END IF;
          RETURN fw_exact(round(x, 120) / y);
        END"""),
    _sql("fw_round(x numeric)", "numeric", "SELECT round(x)"),
    _sql("fw_round(x numeric, n numeric)", "numeric",
         "SELECT CASE WHEN n BETWEEN -30 AND 30 THEN round(x, trunc(n)::integer) END"),
    _sql("fw_trunc(x numeric)", "numeric", "SELECT trunc(x)"),
    _sql("fw_trunc(x numeric, n numeric)", "numeric",
         "SELECT CASE WHEN n BETWEEN -30 AND 30 THEN trunc(x, trunc(n)::integer) END"),
    _sql("fw_rounddown(x numeric)", "numeric", "SELECT trunc(x)"),
    _sql("fw_rounddown(x numeric, n numeric)", "numeric", "SELECT fw_trunc(x, n)"),
    _sql("fw_roundup(x numeric, n numeric)", "numeric", """
        SELECT CASE WHEN n NOT BETWEEN -30 AND 30 THEN NULL WHEN trunc(x, trunc(n)::integer) = x THEN x
               ELSE trunc(x, trunc(n)::integer) + sign(x) * ('1e' || (-trunc(n))::integer)::numeric END"""),
    _sql("fw_roundup(x numeric)", "numeric", "SELECT fw_roundup(x, 0)"),
    _sql("fw_int(x numeric)", "numeric", "SELECT floor(x)"),
    _sql("fw_mod(x numeric, y numeric)", "numeric", "SELECT CASE WHEN y <> 0 THEN mod(mod(x, y) + y, y) END"),
    _sql("fw_abs(x numeric)", "numeric", "SELECT abs(x)"),
    _sql("fw_sign(x numeric)", "numeric", "SELECT sign(x)"),
    _sql("fw_ceiling(x numeric)", "numeric", "SELECT ceil(x)"),
    _sql("fw_ceiling(x numeric, y numeric)", "numeric",
         "SELECT CASE WHEN y = 0 THEN 0 ELSE fw_exact(ceil(fw_divide(x, y)) * y) END"),
    _sql("fw_floor(x numeric)", "numeric", "SELECT floor(x)"),
    _sql("fw_floor(x numeric, y numeric)", "numeric",
         "SELECT CASE WHEN y = 0 THEN 0 ELSE fw_exact(floor(fw_divide(x, y)) * y) END"),
    _sql("fw_len(t text)", "numeric", "SELECT length(t)::numeric"),
    _sql("fw_count(n numeric)", "integer", "SELECT least(trunc(n), 65536)::integer"),
    _sql("fw_left(t text)", "text", "SELECT left(t, 1)"),
    _sql("fw_left(t text, n numeric)", "text", "SELECT CASE WHEN n >= 0 THEN left(t, fw_count(n)) END"),
    _sql("fw_right(t text)", "text", "SELECT right(t, 1)"),
    _sql("fw_right(t text, n numeric)", "text", "SELECT CASE WHEN n >= 0 THEN right(t, fw_count(n)) END"),
    _sql("fw_mid(t text, s numeric, n numeric)", "text",
         "SELECT CASE WHEN s >= 1 AND n >= 0 THEN substr(t, fw_count(s), fw_count(n)) END"),
    _sql("fw_find(f text, t text)", "numeric", "SELECT strpos(t, f)::numeric"),
    _sql("fw_replace(t text, s numeric, n numeric, r text)", "text", """
        SELECT CASE WHEN s >= 1 AND n >= 0
          THEN substr(t, 1, fw_count(s) - 1) || r || substr(t, fw_count(s) + fw_count(n)) END"""),
    _sql("fw_exact(a text, b text)", "boolean", "SELECT a = b"),
    _plpgsql("fw_months(d date, n numeric)", "date", """
        DECLARE month_number numeric := extract(year FROM d) * 12 + extract(month FROM d) - 1 + trunc(n);
        BEGIN
          IF abs(n) >= 120000 OR month_number < 12 OR month_number >= 120000 THEN RETURN NULL; END IF;
          RETURN (d + make_interval(months => trunc(n)::integer))::date;
        END"""),
    _plpgsql("fw_months_instant(d timestamptz, n numeric)", "timestamptz", """
        DECLARE local timestamp := d AT TIME ZONE 'UTC'; moved date := fw_months(local::date, n);
        BEGIN
          RETURN (moved + local::time) AT TIME ZONE 'UTC';
        END"""),
    _plpgsql("fw_date(y numeric, m numeric, d numeric)", "date", """
        DECLARE first date;
        BEGIN
          IF y NOT BETWEEN 1 AND 9999 OR abs(m) > 100000 OR abs(d) > 3000000 THEN RETURN NULL; END IF;
          first := fw_months(make_date(trunc(y)::integer, 1, 1), trunc(m) - 1) + (trunc(d)::integer - 1);
          RETURN CASE WHEN first BETWEEN '0001-01-01' AND '9999-12-31' THEN first END;
        END"""),
    _sql("fw_year(d date)", "numeric", "SELECT extract(year FROM d)"),
    _sql("fw_month(d date)", "numeric", "SELECT extract(month FROM d)"),
    _sql("fw_day(d date)", "numeric", "SELECT extract(day FROM d)"),
    *(
        _sql(f"fw_{part}(t {kind})", "numeric", f"SELECT trunc(extract({part} FROM t))")  # noqa: S608 - own words
        for part in ("hour", "minute", "second")
        for kind in ("time", "timestamp")
    ),
    _sql("fw_weekday(d date)", "numeric", "SELECT extract(dow FROM d) + 1"),
    _sql("fw_weekday(d date, n numeric)", "numeric", """
        SELECT CASE n WHEN 1 THEN extract(dow FROM d) + 1 WHEN 2 THEN extract(isodow FROM d)
               WHEN 3 THEN extract(isodow FROM d) - 1 END"""),
    _sql("fw_isoweeknum(d date)", "numeric", "SELECT extract(week FROM d)"),
    _sql("fw_days(a date, b date)", "numeric", "SELECT (a - b)::numeric"),
    _sql("fw_edate(d date, n numeric)", "date", "SELECT fw_months(d, n)"),
    _sql("fw_startof(d date, unit text)", "date", """
        SELECT CASE WHEN lower(unit) IN ('year', 'quarter', 'month', 'week', 'day')
               THEN date_trunc(lower(unit), d::timestamp)::date END"""),
    _sql("fw_eomonth(d date, n numeric)", "date", """
        SELECT (date_trunc('month', fw_months(date_trunc('month', d)::date, n)) + interval '1 month - 1 day')::date"""),
)  # fmt: skip

# The best collation that this server has: Unicode's own (ICU), else the C library's; "C" folds ASCII only.
FOLDING = """
    DO $do$
    DECLARE collation_name text := coalesce(
      (SELECT quote_ident(collname) FROM pg_collation
        WHERE collname IN ('und-x-icu', 'C.UTF-8', 'C.utf8') AND collencoding IN (-1, 6)
        ORDER BY collname = 'und-x-icu' DESC LIMIT 1), '"default"');
    BEGIN
      EXECUTE format($f$CREATE OR REPLACE FUNCTION fw_lower(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
        AS $b$ SELECT lower(t COLLATE %s) $b$$f$, collation_name);
      EXECUTE format($f$CREATE OR REPLACE FUNCTION fw_upper(t text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql
        AS $b$ SELECT upper(t COLLATE %s) $b$$f$, collation_name);
    END $do$"""

FOLD = _sql("fw_fold(t text)", "text", "SELECT replace(replace(fw_lower(normalize(t, NFKC)), 'ß', 'ss'), 'ς', 'σ')")


def create(connection: Connection) -> None:
    """Make them, or make them anew; nothing on SQLite, whose connections bring theirs along."""
    if connection.dialect.name == "postgresql":
        for statement in (*FUNCTIONS, FOLDING, FOLD):
            connection.exec_driver_sql(statement.replace("%", "%%"))
