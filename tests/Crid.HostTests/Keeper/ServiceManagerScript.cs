namespace Crid.HostTests;

/// <summary>A script that does of systemd's work what a keeper needs, for machines that have none.</summary>
internal sealed class ServiceManagerScript : IServiceManager
{
    private const string Python = "/usr/bin/python3";

    private readonly LabProcess _process;
    private readonly string _directory;

    private ServiceManagerScript(LabProcess process, string directory)
    {
        _process = process;
        _directory = directory;
    }

    internal static void Require() => HostRequirements.Require(Python);

    /// <param name="directory">For its socket and its log.</param>
    internal static ServiceManagerScript Start(string directory, string[] command)
    {
        string script = $"{HostRequirements.FindRepository()}/tests/interop/service-manager.py";
        return new ServiceManagerScript(LabProcess.Start($"{directory}/manager.log", Python, [script, $"{directory}/notify.sock", .. command]), directory);
    }

    // Between its lists are the keeper's messages, which have a level in brackets.
    public Task<string> ReadStoredAsync() => Task.FromResult(
        File.ReadLines(_process.LogPath).LastOrDefault(static line => !line.Contains(" [", StringComparison.Ordinal)) ?? "");

    public Task PauseAsync() => SignalAsync("STOP");

    public Task GoOnAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        await _process.KillAsync();
        // The keeper writes where the script does, whose output ends with it.
        LabCleanup.KillBelow(_directory);
        await _process.DisposeAsync();
    }

    private Task SignalAsync(string signal) => LabProcess.RunAsync("/bin/kill", $"-{signal}", $"{_process.Pid}");
}
