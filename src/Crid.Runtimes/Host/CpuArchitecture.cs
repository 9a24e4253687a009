namespace Crid.Runtimes;

/// <summary>The processor architectures that crid knows a default seccomp profile for.</summary>
public enum CpuArchitecture
{
    Amd64,
    Arm64,
}
