using Crid.Core;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>Gives the kernel the AppArmor profile that RuntimeDefault stands for when a container wants it and it is not there.</summary>
internal sealed class AppArmorLoader(IProgramRunner programs, IHostFiles files, string profilePath, IReadOnlyList<string> programDirectories)
{
    /// <summary>Where distributions install the program that compiles and loads profiles.</summary>
    public static readonly IReadOnlyList<string> ProgramDirectories = ["/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin"];

    private const string Program = "apparmor_parser";
    private const string Resource = "Crid.Runtimes.AppArmor.crid-default";
    private const string Doing = $"load AppArmor profile '{AppArmorProfile.Default}'";
    private const int MaxOutputBytes = 4096;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private Task _attempt = Task.CompletedTask;

    /// <summary>Loads the profile if need be. Whoever comes meanwhile joins the attempt; after a failure the next container tries again.</summary>
    /// <exception cref="CridException">FailedPrecondition: it can't be loaded. DeadlineExceeded: that took too long.</exception>
    public Task EnsureAsync(SecuritySpec security, HostFacts host, CancellationToken cancellationToken)
    {
        bool isWanted = host.AppArmor && !security.Privileged && security.AppArmor?.Kind == ProfileKind.RuntimeDefault;
        return isWanted && !IsLoaded() ? JoinAsync(cancellationToken) : Task.CompletedTask;
    }

    /// <summary>The attempt belongs to all who wait for it, so that none of them can cancel it.</summary>
    private Task JoinAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_attempt.IsCompleted)
            {
                _attempt = Task.Run(LoadAsync, CancellationToken.None);
            }

            return _attempt.WaitAsync(cancellationToken);
        }
    }

    private async Task LoadAsync()
    {
        // An attempt may have ended between a caller's look and its turn.
        if (IsLoaded())
        {
            return;
        }

        string program = programDirectories.Select(static directory => $"{directory}/{Program}").FirstOrDefault(File.Exists)
            ?? throw CridException.FailedPrecondition($"{Doing}: {Program} is not installed; it comes with the package apparmor");
        WriteProfile();
        ProgramRequest request = new() { Path = program, Arguments = ["-Kr", profilePath], Timeout = Timeout, OutputLimit = MaxOutputBytes };
        ProgramResult result = await RunAsync(request);
        if (result.ExitStatus != 0)
        {
            string text = RuntimeErrors.LastMessage(result.ErrorOutput) ?? $"exit status {result.ExitStatus}";
            throw CridException.FailedPrecondition($"{Doing}: {text}");
        }
    }

    private async Task<ProgramResult> RunAsync(ProgramRequest request)
    {
        try
        {
            return await programs.RunAsync(request, CancellationToken.None);
        }
        catch (LinuxException exception)
        {
            throw new CridException(ErrorKind.FailedPrecondition, $"{Doing}: {exception.Message}", exception);
        }
    }

    private bool IsLoaded() => files.IsAppArmorProfileLoaded(AppArmorProfile.Default);

    private void WriteProfile()
    {
        using Stream profile = typeof(AppArmorLoader).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"resource '{Resource}' is missing");
        using FileStream file = new(profilePath, FileMode.Create, FileAccess.Write);
        profile.CopyTo(file);
    }
}
