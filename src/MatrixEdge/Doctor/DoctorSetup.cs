namespace MatrixEdge.Doctor;

/// <summary>
/// Looks at Matrix servers as others see them, and says in words what is wrong: at any server by the command, at the gateway's
/// own sites all the time. Facts are gathered side by side (<see cref="Gathering"/>) by looking at addresses one by one
/// (<see cref="Looking"/>); checks make findings of them (<see cref="Checks"/>). Relies on nothing that the gateway only believes
/// of itself; reads everything and changes nothing; nobody depends on it.
/// </summary>
internal static class DoctorSetup
{
    public static void AddDoctor(this IServiceCollection services)
    {
        services.AddSingleton<OwnView>();
        services.AddHostedService<SelfExamination>();
    }
}
