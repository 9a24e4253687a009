using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>The environment of a container: defaults, then the image's variables, then the request's. A later one of the same name wins.</summary>
internal static class ProcessEnvironment
{
    private const string Terminal = "TERM";
    private const string DefaultTerminal = "xterm";
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <returns><c>NAME=value</c>, each name once, in the order in which the names first appear.</returns>
    /// <exception cref="CridException">InvalidArgument: a name of the request is empty or has a character that no name can have.</exception>
    public static IReadOnlyList<string> For(ContainerSpec spec, ImageExecutionConfig? image, string hostname)
    {
        OrderedDictionary<string, string> variables = new() { ["PATH"] = DefaultPath };
        if (spec.Tty)
        {
            variables[Terminal] = DefaultTerminal;
        }

        variables["HOSTNAME"] = hostname;
        foreach (string entry in image?.Env ?? [])
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && !entry.Contains('\0', StringComparison.Ordinal))
            {
                variables[entry[..equals]] = entry[(equals + 1)..];
            }
        }

        foreach ((string name, string value) in spec.Environment)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0') || value.Contains('\0', StringComparison.Ordinal))
            {
                throw CridException.InvalidArgument($"'{name}' can't be the name of an environment variable, or its value has a zero byte");
            }

            variables[name] = value;
        }

        return [.. variables.Select(static variable => $"{variable.Key}={variable.Value}")];
    }

    /// <summary>An environment for a process on a terminal: the container's own terminal type where it names one.</summary>
    public static IReadOnlyList<string> WithTerminal(IReadOnlyList<string>? environment) =>
        environment is not null && environment.Any(static variable => variable.StartsWith(Terminal + "=", StringComparison.Ordinal))
            ? environment
            : [.. environment ?? [], $"{Terminal}={DefaultTerminal}"];
}
