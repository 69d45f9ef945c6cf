"""What must not happen inside a request: outbox rows are consumed and jobs run on time, in the web process or apart.

Others need two names of this room: `every(seconds, name, job)` puts a job on the schedule, and `Runtime` runs it all on
the loop it is started on. Consumers are registered with `store.kernel.outbox.subscribe`; nothing else is needed.
"""

from store.worker.schedule import every

__all__ = ["every"]
