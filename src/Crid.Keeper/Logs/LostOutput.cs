using System.Runtime.InteropServices;

namespace Crid.Keeper;

/// <summary>What of an output did not get into the log.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct LostOutput(long Lines, long Bytes)
{
    internal readonly bool IsNone => Lines == 0;
}
