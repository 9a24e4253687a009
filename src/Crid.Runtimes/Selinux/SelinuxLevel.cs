using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Crid.Runtimes;

/// <summary>The levels of SELinux contexts: a sensitivity and categories, such as <c>s0:c1,c5.c7</c>, or a range of two of these.</summary>
internal static partial class SelinuxLevel
{
    /// <summary>As many as policies have.</summary>
    private const int Categories = 1024;

    public static bool IsValid(string level) => Pattern().IsMatch(level);

    /// <summary>Two categories by chance, which no other pod of the node has: processes and files of different pods never match.</summary>
    public static string Draw(Func<string, bool> isTaken)
    {
        while (true)
        {
            int first = RandomNumberGenerator.GetInt32(Categories);
            int second = RandomNumberGenerator.GetInt32(Categories);
            string level = $"s0:c{Math.Min(first, second)},c{Math.Max(first, second)}";
            if (first != second && !isTaken(level))
            {
                return level;
            }
        }
    }

    [GeneratedRegex(
        @"^s[0-9]{1,2}(:c[0-9]{1,4}([.,]c[0-9]{1,4})*)?(-s[0-9]{1,2}(:c[0-9]{1,4}([.,]c[0-9]{1,4})*)?)?\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
