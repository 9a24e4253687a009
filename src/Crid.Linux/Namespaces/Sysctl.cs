using System.Buffers;
using Crid.Core;

namespace Crid.Linux;

/// <summary>A kernel parameter that belongs to a network or an IPC namespace.</summary>
internal sealed record Sysctl
{
    private const int MaximumValueLength = 1024;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@:");

    private Sysctl(string path, string value, bool isNetwork)
    {
        Path = path;
        Value = value;
        IsNetwork = isNetwork;
    }

    /// <summary>The path below /proc/sys, for example <c>net/ipv4/ip_forward</c>.</summary>
    public string Path { get; }

    public string Value { get; }

    /// <summary>True for a network namespace's, false for an IPC namespace's.</summary>
    public bool IsNetwork { get; }

    /// <summary>Accepts a name in dot or slash form: the separator that comes first separates, the other one stands for the dot or slash in a name.</summary>
    /// <exception cref="CridException">InvalidArgument: not the name of a namespaced parameter, or a value with control characters.</exception>
    public static Sysctl Parse(string name, string value)
    {
        string path = ToPath(name);
        bool isNetwork = path.StartsWith("net/", StringComparison.Ordinal);
        if (!IsPathSafe(path) || (!isNetwork && !IsIpc(path)))
        {
            throw CridException.InvalidArgument($"sysctl '{name}' does not belong to a namespace of the sandbox");
        }

        if (value.Length is 0 or > MaximumValueLength || value.Any(c => c is not '\t' and (< ' ' or > '~')))
        {
            throw CridException.InvalidArgument($"the value of sysctl '{name}' is empty, too long or has characters that are not printable ASCII");
        }

        return new Sysctl(path, value, isNetwork);
    }

    private static string ToPath(string name)
    {
        int separator = name.AsSpan().IndexOfAny('.', '/');
        return separator < 0 || name[separator] == '/'
            ? name
            : string.Create(name.Length, name, static (span, source) =>
            {
                for (int i = 0; i < span.Length; i++)
                {
                    span[i] = source[i] switch { '.' => '/', '/' => '.', char other => other };
                }
            });
    }

    private static bool IsPathSafe(string path) =>
        !path.AsSpan().ContainsAnyExcept(NameCharacters) && path.Split('/').All(element => element is not ("" or "." or ".."));

    private static bool IsIpc(string path) =>
        path.StartsWith("fs/mqueue/", StringComparison.Ordinal)
        || path == "kernel/sem"
        || (path.LastIndexOf('/') == "kernel".Length
            && (path.StartsWith("kernel/shm", StringComparison.Ordinal) || path.StartsWith("kernel/msg", StringComparison.Ordinal)));
}
