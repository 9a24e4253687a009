using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Runtimes;

/// <summary>
/// Gives the kernel the AppArmor profile that RuntimeDefault stands for when a container wants it and it is not there. A container whose request
/// says nothing of AppArmor gets it too, unless it can't be had: then it goes without, as on a node that has no AppArmor.
/// </summary>
internal sealed class AppArmorLoader(
    IProgramRunner programs, IHostFiles files, string profilePath, IReadOnlyList<string> programDirectories, ILogger logger)
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
    private volatile bool _isGivenUp;

    /// <summary>Loads the profile if need be. Whoever comes meanwhile joins the attempt; after a failure the next container tries again.</summary>
    /// <exception cref="CridException">FailedPrecondition: it is asked for and can't be loaded. DeadlineExceeded: that took too long.</exception>
    public async Task EnsureAsync(SecuritySpec security, HostFacts host, CancellationToken cancellationToken)
    {
        bool isAskedFor = security.AppArmor is not null;
        bool isWanted = host.AppArmor && !security.Privileged && (isAskedFor ? security.AppArmor!.Kind == ProfileKind.RuntimeDefault : !_isGivenUp);
        if (!isWanted || IsLoaded())
        {
            return;
        }

        try
        {
            await JoinAsync(cancellationToken);
        }
        catch (CridException exception) when (!isAskedFor)
        {
            // Not tried again for each of them: most containers are of this kind.
            _isGivenUp = true;
            RuntimesLog.AppArmorNotLoaded(logger, exception.Message);
        }
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
