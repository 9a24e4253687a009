namespace Crid.Pods.Tests;

/// <summary>Rows on the fake machine.</summary>
internal sealed class MemoryTable<TId, TRecord>(
    Incarnation life, string name, Dictionary<TId, TRecord> rows, Func<TRecord, TId> idOf) : IRecordTable<TId, TRecord>
    where TId : notnull
{
    public Task WriteAsync(TRecord record) => life.StepAsync($"write {name}", () => rows[idOf(record)] = record);

    public Task DeleteAsync(TId id) => life.StepAsync($"delete {name}", () => rows.Remove(id));

    public Task<IReadOnlyList<TRecord>> LoadAsync() => Task.FromResult<IReadOnlyList<TRecord>>(life.Look(() => rows.Values.ToList()));
}
