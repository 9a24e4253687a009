using System.Runtime.InteropServices;

namespace Crid.Images;

/// <summary>Bytes of a sparse file that are not a hole.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SparseExtent(long Offset, long Length)
{
    public long End => Offset + Length;
}
