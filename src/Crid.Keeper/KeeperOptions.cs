using System.Globalization;
using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>The command line of crid-keeper.</summary>
internal sealed record KeeperOptions(string RunDirectory, LogLevel LogLevel)
{
    /// <summary>Names the descriptor of what the program before this one has handed over; for the keeper's own use.</summary>
    internal const string HandoverOption = "--handover";

    /// <summary>Asks whether this program understands a format of handover; for the keeper's own use.</summary>
    internal const string AcceptsHandover = "--accepts-handover";

    internal const string Usage =
        "usage: crid-keeper [--run-directory DIRECTORY] [--log-level trace|debug|information|warning|error|critical|none]";

    /// <summary>Null for a keeper that begins anew.</summary>
    internal int? Handover { get; init; }

    /// <summary>Null where a keeper is to run.</summary>
    internal int? AskedFormat { get; init; }

    /// <summary>The command line of a keeper with the same options.</summary>
    internal string[] ToArguments() => ["--run-directory", RunDirectory, "--log-level", LogLevel.ToString().ToLowerInvariant()];

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
                problem = name is "--run-directory" or "--log-level" or HandoverOption or AcceptsHandover ? $"{name} needs a value" : $"unknown argument '{name}'";
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
                case HandoverOption or AcceptsHandover when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number):
                    options = name == HandoverOption ? options with { Handover = number } : options with { AskedFormat = number };
                    break;
                case HandoverOption or AcceptsHandover:
                    problem = $"'{value}' is not a number";
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
