"""How do emissions fall with the carbon price? Runs on a Dask cluster, here of two processes of this machine."""

from pathlib import Path

from distributed import Client

import tanlu

if __name__ == "__main__":  # the processes read this file too
    experiment = tanlu.load_experiment(Path(__file__).with_name("study.yaml"))
    function = experiment.function()
    rows = [{"price": float(price)} for price in range(0, 601, 100)]
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
        executor = client.get_executor(pure=False)
        futures = [executor.submit(function, **row) for row in rows]
        found = [future.result() for future in futures]
    for row, one in zip(rows, found, strict=True):
        print(f"{row['price']:.0f} CNY: {one['emitted_mtco2']:.2f} Mt")
