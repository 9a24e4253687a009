using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>What one call of a decoder did.</summary>
/// <param name="Consumed">Bytes of the input that were taken.</param>
/// <param name="Written">Bytes of output that were made.</param>
/// <param name="IsEnd">True where the stream is complete; what follows in the input does not belong to it.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DecodedPiece(int Consumed, int Written, bool IsEnd);
