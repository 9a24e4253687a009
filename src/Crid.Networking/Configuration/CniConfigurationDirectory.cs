using System.Globalization;
using System.Text;
using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>
/// Chooses the pod network: the first file of the directory, by name, that is valid and whose plugins are there and speak its version.
/// A file that is not usable disables itself alone.
/// </summary>
/// <remarks>
/// The directory is compared with what was loaded rather than watched: a watch misses files that are moved in and ends with the
/// directory. A comparison is a handful of stat calls.
/// </remarks>
internal sealed class CniConfigurationDirectory(string directory, CniPluginRunner runner, ILogger logger)
{
    private static readonly string[] Extensions = [".conf", ".conflist", ".json"];

    // Supported versions of a program, until the program changes.
    private readonly Dictionary<string, (string Stamp, IReadOnlyList<string> Versions)> _versions = [];
    private HashSet<string> _knownProblems = [];
    private string _fingerprint = "";

    // Replaced as a whole: readers are not held up by a refresh.
    private volatile Choice _choice = new(null, "the CNI configuration is not loaded yet");

    /// <summary>The network that new sandboxes join; null until there is a usable one.</summary>
    public CniNetwork? Network => _choice.Network;

    /// <summary>Why there is none, for people; empty while there is one.</summary>
    public string Problem => _choice.Problem;

    /// <summary>Loads anew if anything changed. Calls must not overlap.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        string[] files = ListFiles();
        string fingerprint = ComputeFingerprint(files);
        if (Network is not null && fingerprint == _fingerprint)
        {
            return;
        }

        List<string> problems = [];
        CniNetwork? network = null;
        foreach (string file in files)
        {
            network = await TryLoadAsync(file, problems, cancellationToken);
            if (network is not null)
            {
                break;
            }
        }

        Report(problems);
        _choice = new Choice(
            network,
            network is not null ? ""
            : problems.Count > 0 ? $"no usable CNI configuration in {directory}: {string.Join("; ", problems)}"
            : $"no CNI configuration (*.conflist, *.conf, *.json) in {directory}");

        // Taken again, because the programs that count are known only now.
        _fingerprint = ComputeFingerprint(files);
    }

    private async Task<CniNetwork?> TryLoadAsync(string file, List<string> problems, CancellationToken cancellationToken)
    {
        try
        {
            CniNetwork network = CniNetworkParser.ReadFile(file);
            await CheckPluginsAsync(network, cancellationToken);
            if (Network is null || !Network.Bytes.AsSpan().SequenceEqual(network.Bytes))
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

    private string ComputeFingerprint(string[] files)
    {
        StringBuilder text = new();
        foreach (string file in files)
        {
            text.Append(file).Append(StampOf(file)).Append('\n');
        }

        if (Network is not null)
        {
            string folder = Path.Combine(directory, Network.Name);
            string[] additional = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.conf") : [];
            foreach (string file in additional.Order(StringComparer.Ordinal))
            {
                text.Append(file).Append(StampOf(file)).Append('\n');
            }

            foreach (CniPlugin plugin in Network.Plugins)
            {
                string program = runner.FindProgram(plugin.Type) ?? "";
                text.Append(program).Append(program.Length > 0 ? StampOf(program) : "").Append('\n');
            }
        }

        return text.ToString();
    }

    private static string StampOf(string path)
    {
        FileInfo file = new(path);
        return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"|{file.LastWriteTimeUtc.Ticks}|{file.Length}") : "|gone";
    }

    private sealed record Choice(CniNetwork? Network, string Problem);
}
