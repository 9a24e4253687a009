using System.Buffers;
using System.Security.Cryptography;

namespace Crid.Core;

/// <summary>The common form of sandbox and container ids: 64 lower-case hexadecimal characters.</summary>
internal static class HexId
{
    public const int Length = 64;
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    public static string New() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Length / 2));

    public static bool IsValid(ReadOnlySpan<char> text) =>
        text.Length == Length && !text.ContainsAnyExcept(Digits);
}
