using System.Diagnostics;

namespace Crid.HostTests;

/// <summary>A long-running program of a test: its output goes to a file, it is killed when the test ends.</summary>
internal sealed class LabProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _copying;

    private LabProcess(Process process, string logPath)
    {
        _process = process;
        LogPath = logPath;
        _copying = CopyAsync(process, logPath);
    }

    public string LogPath { get; }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public static LabProcess Start(string logPath, string program, params string[] arguments)
    {
        ProcessStartInfo start = Describe(program, arguments);
#pragma warning disable RS0030 // The programs under test are black boxes here; starting them must not depend on the code under test.
        return new LabProcess(Process.Start(start)!, logPath);
#pragma warning restore RS0030
    }

    /// <summary>Runs a program to its end and returns its standard output; a failure shows what it wrote.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = Describe(program, arguments);
#pragma warning disable RS0030 // As above.
        using Process process = Process.Start(start)!;
#pragma warning restore RS0030
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{output}{await errors}");
        return output;
    }

    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    public Task WaitForExitAsync() => _process.WaitForExitAsync();

    public async Task TerminateAsync()
    {
        await RunAsync("/bin/kill", "-TERM", Pid.ToString());
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _copying;
        _process.Dispose();
    }

    private static ProcessStartInfo Describe(string program, string[] arguments) =>
        new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" };

    private static async Task CopyAsync(Process process, string logPath)
    {
        await using FileStream log = new(logPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        using SemaphoreSlim gate = new(1, 1);
        await Task.WhenAll(PumpAsync(process.StandardOutput.BaseStream), PumpAsync(process.StandardError.BaseStream));

        async Task PumpAsync(Stream source)
        {
            byte[] buffer = new byte[4096];
            int count;
            while ((count = await source.ReadAsync(buffer)) > 0)
            {
                await gate.WaitAsync();
                await log.WriteAsync(buffer.AsMemory(0, count));
                await log.FlushAsync();
                gate.Release();
            }
        }
    }
}
