namespace Crid.Keeper;

/// <summary>The working memory of one thread that pumps output; a thread that never does needs none.</summary>
internal sealed class LogBuffers(Func<Spool> makeSpool) : IDisposable
{
    private Spool? _spool;
    private byte[]? _lines;

    /// <summary>What was read and is not logged.</summary>
    internal Spool Spool => _spool ??= makeSpool();

    /// <summary>For lines of the log, at least one of the largest size; batches of short ones need more than their input.</summary>
    internal byte[] Lines => _lines ??= GC.AllocateUninitializedArray<byte>(Output.MaxLineLimit + Spool.ReadSize);

    public void Dispose() => _spool?.Dispose();
}
