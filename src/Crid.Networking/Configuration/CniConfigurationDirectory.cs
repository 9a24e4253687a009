using System.Globalization;
using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>
/// Chooses the pod networks: the first files of the directory, by name, that are valid and whose plugins are there and speak their version.
/// A file that is not usable disables itself alone.
/// </summary>
/// <remarks>
/// The directory is compared with what was loaded rather than watched: a watch misses files that are moved in and ends with the
/// directory. A comparison is a handful of stat calls.
/// </remarks>
/// <param name="maximum">How many networks; 0 for all.</param>
internal sealed class CniConfigurationDirectory(string directory, int maximum, CniPluginRunner runner, ILogger logger)
{
    private static readonly string[] Extensions = [".conf", ".conflist", ".json"];

    // Supported versions of a program, until the program changes.
    private readonly Dictionary<string, (string Stamp, IReadOnlyList<string> Versions)> _versions = [];
    private HashSet<string> _knownProblems = [];

    // What was there when it was loaded: the files, and the program of every plugin that one of them names, used or not.
    private string _configuration = "";
    private Dictionary<string, string> _programs = [];

    // Replaced as a whole: readers are not held up by a refresh.
    private volatile Choice _choice = new([], "the CNI configuration is not loaded yet");

    /// <summary>The networks that new sandboxes join; empty until there is a usable one.</summary>
    public IReadOnlyList<CniNetwork> Networks => _choice.Networks;

    /// <summary>Why there is none, for people; empty while there is one.</summary>
    public string Problem => _choice.Problem;

    /// <summary>Loads anew if anything changed. Calls must not overlap.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        // Taken before anything is read: what changes while it is read differs the next time.
        string[] files = ListFiles();
        string configuration = StampConfiguration(files);
        if (Networks.Count > 0 && configuration == _configuration && _programs.All(known => StampOfPlugin(known.Key) == known.Value))
        {
            return;
        }

        Findings findings = new([], [], []);
        foreach (string file in files)
        {
            await TryLoadAsync(file, findings, cancellationToken);
            if (maximum > 0 && findings.Networks.Count == maximum)
            {
                break;
            }
        }

        Report(findings.Problems);
        _choice = new Choice(
            findings.Networks,
            findings.Networks.Count > 0 ? ""
            : findings.Problems.Count > 0 ? $"no usable CNI configuration in {directory}: {string.Join("; ", findings.Problems)}"
            : $"no CNI configuration (*.conflist, *.conf, *.json) in {directory}");

        _configuration = configuration;
        _programs = findings.Programs;
    }

    private async Task TryLoadAsync(string file, Findings findings, CancellationToken cancellationToken)
    {
        try
        {
            CniNetwork network = CniNetworkParser.ReadFile(file);
            if (findings.Networks.Exists(other => other.Name == network.Name))
            {
                throw CridException.InvalidArgument($"network '{network.Name}' is defined by a file before it");
            }

            await CheckPluginsAsync(network, findings.Programs, cancellationToken);
            if (!Networks.Any(known => known.Bytes.AsSpan().SequenceEqual(network.Bytes)))
            {
                NetworkingLog.NetworkLoaded(logger, network.Name, file, network.CniVersion, string.Join(", ", network.Plugins.Select(plugin => plugin.Type)));
            }

            findings.Networks.Add(network);
        }
        catch (Exception exception) when (exception is CridException or IOException or UnauthorizedAccessException)
        {
            findings.Problems.Add($"{file}: {exception.Message}");
        }
    }

    /// <param name="stamps">Gets a stamp of every plugin: what makes the file unusable now may change.</param>
    private async Task CheckPluginsAsync(CniNetwork network, Dictionary<string, string> stamps, CancellationToken cancellationToken)
    {
        string[] types = [.. network.Plugins.Select(static plugin => plugin.Type).Distinct()];
        foreach (string type in types)
        {
            stamps.TryAdd(type, StampOfPlugin(type));
        }

        foreach (string type in types)
        {
            string program = runner.FindProgram(type) ?? throw CridException.NotFound($"plugin '{type}' is not installed");
            IReadOnlyList<string> versions = await GetVersionsAsync(type, program, cancellationToken);
            if (!versions.Contains(network.CniVersion))
            {
                throw CridException.FailedPrecondition($"plugin '{type}' does not support CNI {network.CniVersion}, only {string.Join(", ", versions)}");
            }
        }
    }

    private async Task<IReadOnlyList<string>> GetVersionsAsync(string type, string program, CancellationToken cancellationToken)
    {
        string stamp = StampOf(program);
        if (!_versions.TryGetValue(program, out (string Stamp, IReadOnlyList<string> Versions) known) || known.Stamp != stamp)
        {
            known = (stamp, await runner.QueryVersionsAsync(type, program, cancellationToken));
            _versions[program] = known;
        }

        return known.Versions;
    }

    /// <summary>Each problem is logged once, and again when it comes back.</summary>
    private void Report(List<string> problems)
    {
        foreach (string problem in problems.Where(problem => !_knownProblems.Contains(problem)))
        {
            NetworkingLog.ConfigurationUnusable(logger, problem);
        }

        _knownProblems = [.. problems];
    }

    private string[] ListFiles() =>
        Directory.Exists(directory)
            ? [.. Directory.GetFiles(directory).Where(file => Extensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>The files of networks, and those of the folders that may extend one.</summary>
    private string StampConfiguration(string[] files)
    {
        string[] folders = Directory.Exists(directory) ? Directory.GetDirectories(directory) : [];
        IEnumerable<string> additional = folders.SelectMany(static folder => Directory.GetFiles(folder, "*.conf")).Order(StringComparer.Ordinal);
        return string.Concat(files.Concat(additional).Select(static file => $"{file}{StampOf(file)}\n"));
    }

    /// <summary>Which program a plugin has; empty while it has none.</summary>
    private string StampOfPlugin(string type) => runner.FindProgram(type) is { } program ? program + StampOf(program) : "";

    private static string StampOf(string path)
    {
        const string Gone = "|gone";
        try
        {
            // What is behind a link counts, which may change while the link stays.
            string file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            return FileMetadata.FindStatus(file) is { } status
                ? string.Create(CultureInfo.InvariantCulture, $"|{status.Inode}|{status.Size}|{status.Modified.Seconds}.{status.Modified.Nanoseconds}")
                : Gone;
        }
        catch (Exception exception) when (exception is IOException or LinuxException)
        {
            return Gone;
        }
    }

    private sealed record Choice(IReadOnlyList<CniNetwork> Networks, string Problem);

    /// <summary>What one look at the directory has brought; <paramref name="Programs"/> has a stamp of each plugin's program.</summary>
    private sealed record Findings(List<CniNetwork> Networks, List<string> Problems, Dictionary<string, string> Programs);
}
