"""The jobs, one a file.

A job has ``SIZES`` (name to what its functions take, small first), ``peer_name()``
(None where the peer is not installed), ``prepare(size, folder)``, which is not
measured, and ``ours(size, folder)`` and ``peer(size, folder)``, which are. These two
return ``{"estimate": [...], "std_err": [...]}`` to be compared, or None; and ``cpu_s``
where they measure it themselves.

A job with several peers has ``peer_names(size)`` and ``peer(size, folder, name)``. A
job whose sizes are numbers, or products of some, may have ``UNIT``, what they count:
its cost is then drawn against them.
"""
