namespace Crid.Pods;

/// <summary>The durable side of a store: one row for each record.</summary>
internal interface IRecordTable<TId, TRecord>
{
    /// <summary>Inserts or replaces the row.</summary>
    Task WriteAsync(TRecord record);

    /// <summary>Deletes the row; accepts ids that have none.</summary>
    Task DeleteAsync(TId id);

    Task<IReadOnlyList<TRecord>> LoadAsync();
}
