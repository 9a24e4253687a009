using Crid.Core;

namespace Crid.Runtimes;

/// <summary>Paths inside a container, as text: no file system is asked.</summary>
internal static class ContainerPath
{
    /// <summary>The path without empty, <c>.</c> and <c>..</c> elements; <c>..</c> stops at the root.</summary>
    /// <exception cref="CridException">InvalidArgument: not absolute, or with a zero byte.</exception>
    public static string Clean(string path)
    {
        if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal))
        {
            throw CridException.InvalidArgument($"'{path}' is not an absolute path in a container");
        }

        List<string> elements = [];
        foreach (string element in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (element == "..")
            {
                elements.RemoveRange(Math.Max(elements.Count - 1, 0), Math.Min(elements.Count, 1));
            }
            else if (element != ".")
            {
                elements.Add(element);
            }
        }

        return "/" + string.Join('/', elements);
    }

    /// <summary>The number of elements of a clean path; 0 for the root.</summary>
    public static int Depth(string path) => path.Length == 1 ? 0 : path.AsSpan().Count('/');

    /// <summary>Whether a clean path lies below another one.</summary>
    public static bool IsBelow(string path, string directory) =>
        directory.Length == 1
            ? path.Length > 1
            : path.Length > directory.Length && path[directory.Length] == '/' && path.StartsWith(directory, StringComparison.Ordinal);
}
