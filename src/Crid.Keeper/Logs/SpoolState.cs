using System.Runtime.InteropServices;

namespace Crid.Keeper;

/// <summary>
/// How far a <see cref="Spool"/> is, in one number: it changes at once, so that a keeper that is killed leaves the state of before or the next one.
/// </summary>
/// <param name="Start">Where output begins that is not logged.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Next">The end once everything is there that is being read; the start once everything is logged that is being written.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SpoolState(SpoolMode Mode, int Start, int End, int Next)
{
    private const int PositionBits = 20;
    private const int PositionMask = (1 << PositionBits) - 1;

    internal static SpoolState From(long number) => new(
        (SpoolMode)(number >> (3 * PositionBits)),
        (int)(number & PositionMask),
        (int)((number >> PositionBits) & PositionMask),
        (int)((number >> (2 * PositionBits)) & PositionMask));

    /// <summary>Whether it is one that a spool can have.</summary>
    internal bool IsValid => Mode <= SpoolMode.Writing && Start <= End && End <= Spool.DataSize && Mode switch
    {
        SpoolMode.Reading => Next >= End && Next <= Spool.DataSize,
        SpoolMode.Writing => Next >= Start && Next <= End,
        _ => true,
    };

    internal long ToNumber() => ((long)Mode << (3 * PositionBits)) | ((long)Next << (2 * PositionBits)) | ((long)End << PositionBits) | (long)Start;
}
