using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>The command line of crid-keeper.</summary>
internal sealed record KeeperOptions(string RunDirectory, LogLevel LogLevel)
{
    internal const string Usage =
        "usage: crid-keeper [--run-directory DIRECTORY] [--log-level trace|debug|information|warning|error|critical|none]";

    /// <summary>Null with the problem where the arguments can't be understood.</summary>
    internal static KeeperOptions? Parse(string[] arguments, out string? problem)
    {
        KeeperOptions options = new(CridDirectories.DefaultRun, LogLevel.Information);
        problem = null;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string name = arguments[i];
            if (i + 1 == arguments.Length)
            {
                problem = name is "--run-directory" or "--log-level" ? $"{name} needs a value" : $"unknown argument '{name}'";
                return null;
            }

            string value = arguments[i + 1];
            switch (name)
            {
                case "--run-directory" when value.StartsWith('/'):
                    options = options with { RunDirectory = value.Length == 1 ? value : value.TrimEnd('/') };
                    break;
                case "--run-directory":
                    problem = $"'{value}' is not an absolute path";
                    return null;
                case "--log-level" when ParseLevel(value) is LogLevel level:
                    options = options with { LogLevel = level };
                    break;
                case "--log-level":
                    problem = $"'{value}' is not a log level";
                    return null;
                default:
                    problem = $"unknown argument '{name}'";
                    return null;
            }
        }

        return options;
    }

    private static LogLevel? ParseLevel(string value) => value switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "information" or "info" => LogLevel.Information,
        "warning" or "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "critical" => LogLevel.Critical,
        "none" => LogLevel.None,
        _ => null,
    };
}
