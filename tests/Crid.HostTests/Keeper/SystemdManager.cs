using System.Text.Json;

namespace Crid.HostTests;

/// <summary>The machine's systemd with the keeper's unit.</summary>
internal sealed class SystemdManager : IServiceManager
{
    private const string Analyze = "/usr/bin/systemd-analyze";

    private readonly SystemdUnit _unit;

    private SystemdManager(SystemdUnit unit) => _unit = unit;

    internal static void Require()
    {
        SystemdUnit.Require();
        HostRequirements.Require(Analyze);
    }

    internal static async Task<SystemdManager> StartAsync(string name, string[] command) => new(await SystemdUnit.StartAsync(
        $"{name}.service", "crid-keeper.service", ("@LIBEXEC@/crid-keeper --run-directory /run/crid", string.Join(' ', command))));

    public async Task<string> ReadStoredAsync()
    {
        using JsonDocument files = JsonDocument.Parse(await LabProcess.RunAsync(Analyze, "fdstore", "--json=short", _unit.Name));
        return string.Join(' ', files.RootElement.EnumerateArray().Select(static file => file.GetProperty("fdname").GetString()).Order(StringComparer.Ordinal));
    }

    public Task PauseAsync() => _unit.ExtendAsync("RestartSec=1h");

    /// <summary>A service that waits for its restart is not to be started by hand but restarted, which leaves its descriptors stored.</summary>
    public Task GoOnAsync() => _unit.DoAsync("restart");

    public ValueTask DisposeAsync() => _unit.DisposeAsync();
}
