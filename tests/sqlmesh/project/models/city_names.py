import typing as t
from datetime import datetime

import pandas as pd

from sqlmesh import ExecutionContext, model

SUFFIX = " – город"


@model(
    "shop.city_names",
    kind="FULL",
    columns={"id": "int", "city": "text"},
    depends_on=["shop.customers"],
    description="Python's own: naïve, 都市",
)
def execute(
    context: ExecutionContext, start: datetime, end: datetime, execution_time: datetime, **kwargs: t.Any
) -> pd.DataFrame:
    customers = context.fetchdf(f"SELECT id, city FROM {context.resolve_table('shop.customers')}")
    customers["city"] = customers["city"] + SUFFIX
    return customers
