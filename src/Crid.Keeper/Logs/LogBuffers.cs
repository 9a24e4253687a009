namespace Crid.Keeper;

/// <summary>The working memory of one thread that pumps output; a thread that never does needs none.</summary>
internal sealed class LogBuffers
{
    /// <summary>What a pipe holds by default.</summary>
    internal const int ReadSize = 64 << 10;

    private byte[]? _input;
    private byte[]? _output;

    /// <summary>An incomplete line and what was read behind it.</summary>
    internal byte[] Input => _input ??= GC.AllocateUninitializedArray<byte>(LogStream.MaxLineLimit + ReadSize);

    /// <summary>At least one line of the largest size; batches of short lines need more than their input.</summary>
    internal byte[] Output => _output ??= GC.AllocateUninitializedArray<byte>(LogStream.MaxLineLimit + ReadSize);
}
