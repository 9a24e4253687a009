using System.Text.Json;
using System.Text.RegularExpressions;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>A hook of the operator, ready to be matched with containers.</summary>
internal sealed class HookRule
{
    private const string Version = "1.0.0";
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    private readonly HookConditions _when;
    private readonly (Regex Key, Regex Value)[] _annotations;
    private readonly Regex[] _commands;

    private HookRule(string file, HookDocument document)
    {
        File = file;
        Hook = document.Hook;
        Stages = [.. document.Stages.Distinct(StringComparer.Ordinal)];
        _when = document.When;
        _annotations = [.. (_when.Annotations ?? new Dictionary<string, string>()).Select(static pair => (Pattern(pair.Key), Pattern(pair.Value)))];
        _commands = [.. (_when.Commands ?? []).Select(Pattern)];
    }

    /// <summary>The path of its file, for messages.</summary>
    public string File { get; }

    public OciHook Hook { get; }

    /// <summary>Names of stages that exist.</summary>
    public IReadOnlyList<string> Stages { get; }

    /// <exception cref="InvalidDataException">What the file says can't be.</exception>
    /// <exception cref="JsonException">The file is not of the format.</exception>
    public static HookRule Parse(string file, byte[] content)
    {
        HookDocument document = JsonSerializer.Deserialize(content, HookJson.Default.HookDocument) ?? throw new InvalidDataException("empty");
        if (document.Version != Version)
        {
            throw new InvalidDataException($"version '{document.Version}' is not {Version}");
        }

        if (!document.Hook.Path.StartsWith('/'))
        {
            throw new InvalidDataException($"the path of the program, '{document.Hook.Path}', is not absolute");
        }

        if (document.Hook.Timeout <= 0)
        {
            throw new InvalidDataException("the timeout is not a positive number of seconds");
        }

        string? unknown = document.Stages.FirstOrDefault(stage => new OciHooks().Append(stage, document.Hook) is null);
        return unknown is not null ? throw new InvalidDataException($"there is no stage '{unknown}'")
            : document.Stages.Count == 0 ? throw new InvalidDataException("there are no stages")
            : new HookRule(file, document);
    }

    /// <param name="command">The program that the container executes.</param>
    /// <param name="annotations">Those of the pod and of the container.</param>
    /// <param name="hasBindMounts">The container has volumes of the host.</param>
    public bool Fits(string command, IEnumerable<KeyValuePair<string, string>> annotations, bool hasBindMounts)
    {
        bool hasCondition = _when.Always is not null || _when.HasBindMounts is not null || _annotations.Length + _commands.Length > 0;
        return hasCondition
            && _when.Always != false
            && (_when.HasBindMounts ?? hasBindMounts) == hasBindMounts
            && Array.TrueForAll(_annotations, pair => annotations.Any(entry => pair.Key.IsMatch(entry.Key) && pair.Value.IsMatch(entry.Value)))
            && (_commands.Length == 0 || Array.Exists(_commands, pattern => pattern.IsMatch(command)));
    }

    // Linear in time, as the expressions of the tools that this format is from: what is matched comes from pods.
    private static Regex Pattern(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MatchTimeout);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException($"'{pattern}' is not a regular expression: {exception.Message}", exception);
        }
    }
}
