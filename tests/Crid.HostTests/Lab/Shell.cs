using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Crid.HostTests;

/// <summary>Runs what a person would type, and finds what that needs.</summary>
internal static class Shell
{
    /// <summary>Where a program is; the test is skipped where it is missing.</summary>
    public static string Find(string name)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{name} is not on PATH");
        return path!;
    }

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string script)
    {
        string errors = Path.GetTempFileName();
        try
        {
            string output = await LabProcess.RunAsync("/bin/sh", "-c", $"({script}) 2>{errors}; echo \" $?\"");
            int end = output.LastIndexOf(' ');
            return (int.Parse(output.AsSpan(end + 1), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture), output[..end], await File.ReadAllTextAsync(errors));
        }
        finally
        {
            File.Delete(errors);
        }
    }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
