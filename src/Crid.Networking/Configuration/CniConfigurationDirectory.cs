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
    private string _fingerprint = "";

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
        if (Networks.Count > 0 && configuration + StampPrograms(StampOf) == _fingerprint)
        {
            return;
        }

        List<string> problems = [];
        List<CniNetwork> networks = [];
        foreach (string file in files)
        {
            if (await TryLoadAsync(file, networks, problems, cancellationToken) is CniNetwork network)
            {
                networks.Add(network);
                if (networks.Count == maximum)
                {
                    break;
                }
            }
        }

        Report(problems);
        _choice = new Choice(
            networks,
            networks.Count > 0 ? ""
            : problems.Count > 0 ? $"no usable CNI configuration in {directory}: {string.Join("; ", problems)}"
            : $"no CNI configuration (*.conflist, *.conf, *.json) in {directory}");

        _fingerprint = configuration + StampPrograms(program => _versions.GetValueOrDefault(program).Stamp);
    }

    private async Task<CniNetwork?> TryLoadAsync(
        string file, List<CniNetwork> loaded, List<string> problems, CancellationToken cancellationToken)
    {
        try
        {
            CniNetwork network = CniNetworkParser.ReadFile(file);
            if (loaded.Exists(other => other.Name == network.Name))
            {
                throw CridException.InvalidArgument($"network '{network.Name}' is defined by a file before it");
            }

            await CheckPluginsAsync(network, cancellationToken);
            if (!Networks.Any(known => known.Bytes.AsSpan().SequenceEqual(network.Bytes)))
            {
                NetworkingLog.NetworkLoaded(logger, network.Name, file, network.CniVersion, string.Join(", ", network.Plugins.Select(plugin => plugin.Type)));
            }

            return network;
        }
        catch (Exception exception) when (exception is CridException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"{file}: {exception.Message}");
            return null;
        }
    }

    private async Task CheckPluginsAsync(CniNetwork network, CancellationToken cancellationToken)
    {
        foreach (string type in network.Plugins.Select(plugin => plugin.Type).Distinct())
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

    /// <summary>The programs of the networks that are in use.</summary>
    private string StampPrograms(Func<string, string?> stampOf)
    {
        IEnumerable<string> programs = Networks.SelectMany(static network => network.Plugins).Select(plugin => runner.FindProgram(plugin.Type) ?? "");
        return string.Concat(programs.Select(program => $"{program}{(program.Length > 0 ? stampOf(program) : "")}\n"));
    }

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
}
