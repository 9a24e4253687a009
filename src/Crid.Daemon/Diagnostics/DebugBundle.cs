using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Crid.Linux;

namespace Crid.Daemon;

/// <summary>Collects what a bug report needs: each part by itself, so that one that can't be had does not keep the others.</summary>
internal sealed class DebugBundle(CridOptions options, string effectiveConfiguration, IProgramRunner programs, string cridPath)
{
    private const int MaxFileBytes = 2 << 20;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private static readonly string[] HostFiles =
    [
        "/etc/os-release", "/proc/version", "/proc/cmdline", "/proc/uptime", "/proc/loadavg", "/proc/meminfo", "/proc/self/mountinfo", "/proc/self/cgroup",
        "/sys/fs/cgroup/cgroup.controllers",
    ];

    /// <summary>Verbs of the command line whose answers tell the state, with the name of the file that each goes to.</summary>
    private static readonly (string File, string[] Arguments)[] Answers =
    [
        ("state/info.json", ["info", "-o", "json"]),
        ("state/pods.json", ["pods", "-o", "json"]),
        ("state/containers.json", ["ps", "-a", "-o", "json"]),
        ("state/images.json", ["images", "-o", "json"]),
        ("state/stats.json", ["stats", "-o", "json"]),
        ("state/pod-stats.json", ["top", "pods", "-o", "json"]),
        ("version.json", ["version", "-o", "json"]),
    ];

    private readonly List<(string Name, string Content)> _files = [];

    /// <summary>Writes a compressed tar that root alone can read, and returns the names of the files in it.</summary>
    public async Task<IReadOnlyList<string>> WriteAsync(string path, CancellationToken cancellationToken)
    {
        _files.Add(("config.toml", Redaction.OfText(effectiveConfiguration)));
        AddHostFiles();
        AddNetwork();
        AddRegistries();
        string address = $"unix://{options.Directories.Run}/crid.sock";
        foreach ((string file, string[] arguments) in Answers)
        {
            await AddOutputAsync(file, cridPath, [.. arguments, "--address", address], Redaction.OfJson, cancellationToken);
        }

        await AddOutputAsync("check.txt", cridPath, ["check"], Redaction.OfText, cancellationToken);
        await AddLogsAsync(cancellationToken);
        await PackAsync(path, cancellationToken);
        return [.. _files.Select(static file => file.Name)];
    }

    private void AddHostFiles()
    {
        foreach (string file in HostFiles.Where(File.Exists))
        {
            _files.Add(($"host{file}", Read(file, Redaction.OfText)));
        }
    }

    private void AddNetwork()
    {
        foreach (string file in Files(options.Cni.ConfigurationDirectory, "*"))
        {
            _files.Add(($"cni/{Path.GetFileName(file)}", Read(file, Redaction.OfText)));
        }
    }

    private void AddRegistries()
    {
        if (!Directory.Exists(options.Registry.CertsDirectory))
        {
            return;
        }

        foreach (string directory in Directory.EnumerateDirectories(options.Registry.CertsDirectory))
        {
            // Certificates and keys are named, not taken.
            string registry = Path.GetFileName(directory);
            _files.Add(($"registries/{registry}/files.txt", string.Join('\n', Files(directory, "*").Select(Path.GetFileName))));
            foreach (string hosts in Files(directory, "hosts.toml"))
            {
                _files.Add(($"registries/{registry}/hosts.toml", Read(hosts, Redaction.OfHostsFile)));
            }
        }
    }

    private async Task AddLogsAsync(CancellationToken cancellationToken)
    {
        if (InstalledPrograms.Find("journalctl") is string journal)
        {
            string[] arguments = ["--no-pager", "--output=short-precise", "--lines=5000", "--unit=crid", "--unit=crid-keeper", "--unit=kubelet"];
            await AddOutputAsync("logs/journal.txt", journal, arguments, Redaction.OfText, cancellationToken);
        }

        foreach (string log in new[] { "/var/log/crid.log", "/var/log/crid-keeper.log", $"{options.Directories.Run}/keeper.log" }.Where(File.Exists))
        {
            _files.Add(($"logs/{Path.GetFileName(log)}", Read(log, Redaction.OfText)));
        }
    }

    private async Task AddOutputAsync(
        string file, string program, IReadOnlyList<string> arguments, Func<string, string> redact, CancellationToken cancellationToken)
    {
        try
        {
            ProgramResult result = await programs.RunAsync(
                new ProgramRequest { Path = program, Arguments = arguments, Timeout = CallTimeout }, cancellationToken);
            string output = redact(Encoding.UTF8.GetString(result.Output));
            string errors = Redaction.OfText(Encoding.UTF8.GetString(result.ErrorOutput));
            _files.Add((file, result.ExitStatus == 0 ? output : $"{output}\nexit status {result.ExitStatus}\n{errors}"));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _files.Add((file, $"not to be had: {exception.Message}\n"));
        }
    }

    /// <summary>The end of a file, as much as is taken of it.</summary>
    private static string Read(string path, Func<string, string> redact)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.CanSeek && file.Length > MaxFileBytes)
            {
                file.Seek(-MaxFileBytes, SeekOrigin.End);
            }

            byte[] content = new byte[MaxFileBytes];
            int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return redact(Encoding.UTF8.GetString(content, 0, length));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"not to be had: {exception.Message}\n";
        }
    }

    private static IEnumerable<string> Files(string directory, string pattern) =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory, pattern).Order(StringComparer.Ordinal) : [];

    private async Task PackAsync(string path, CancellationToken cancellationToken)
    {
        FileStreamOptions create = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly };
        await using FileStream file = new(path, create);
        await using GZipStream compressed = new(file, CompressionLevel.Optimal);
        await using TarWriter tar = new(compressed, TarEntryFormat.Pax);
        foreach ((string name, string content) in _files)
        {
            using MemoryStream data = new(Encoding.UTF8.GetBytes(content));
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, $"crid-debug/{name}") { DataStream = data, Mode = OwnerOnly }, cancellationToken);
        }
    }
}
