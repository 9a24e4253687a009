using System.Globalization;

namespace Crid.HostTests;

/// <summary>A service of the machine's systemd, made from one of the units in packaging/; it is stopped and gone when it is disposed.</summary>
internal sealed class SystemdUnit : IAsyncDisposable
{
    private const string Systemctl = "/usr/bin/systemctl";
    private const string Units = "/run/systemd/system";

    private SystemdUnit(string name) => Name = name;

    internal string Name { get; }

    private string UnitPath => $"{Units}/{Name}";

    /// <summary>Makes and starts a service.</summary>
    /// <param name="name">Ends with <c>.service</c>.</param>
    /// <param name="packaged">The unit's name in packaging/systemd.</param>
    /// <param name="changes">Texts of the unit and what takes their place.</param>
    internal static async Task<SystemdUnit> StartAsync(string name, string packaged, params (string Old, string New)[] changes)
    {
        string text = await File.ReadAllTextAsync($"{HostRequirements.FindRepository()}/packaging/systemd/{packaged}");
        foreach ((string old, string replacement) in changes)
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            text = text.Replace(old, replacement, StringComparison.Ordinal);
        }

        SystemdUnit unit = new(name);
        await File.WriteAllTextAsync(unit.UnitPath, text);
        await ControlAsync("daemon-reload");
        await unit.DoAsync("start");
        return unit;
    }

    /// <summary>Skips the test where systemd does not run the machine, or sees other pids than the tests do.</summary>
    internal static void Require()
    {
        HostRequirements.Require(Systemctl);
        Assert.SkipUnless(LabMachine.UsesSystemd, "no service of systemd can be made here: tests/host-lab.sh does not run with CRID_LAB_CGROUP_DRIVER=systemd");
    }

    /// <summary>Adds settings of the section Service.</summary>
    internal async Task ExtendAsync(string settings)
    {
        Directory.CreateDirectory($"{UnitPath}.d");
        await File.WriteAllTextAsync($"{UnitPath}.d/10-test.conf", $"[Service]\n{settings}\n");
        await ControlAsync("daemon-reload");
    }

    internal Task DoAsync(string verb) => ControlAsync(verb, Name);

    /// <summary>Its process; 0 while there is none.</summary>
    internal async Task<int> FindPidAsync() => int.Parse(
        await ControlAsync("show", "--property=MainPID", "--value", Name), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await DoAsync("stop");
        File.Delete(UnitPath);
        if (Directory.Exists($"{UnitPath}.d"))
        {
            Directory.Delete($"{UnitPath}.d", recursive: true);
        }

        await ControlAsync("daemon-reload");
    }

    private static Task<string> ControlAsync(params string[] arguments) => LabProcess.RunAsync(Systemctl, arguments);
}
